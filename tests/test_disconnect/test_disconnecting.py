"""Disconnecting: destroyed here at once, ended at Google after that."""

import pytest
from django.test import Client

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected, fresh, new_request, work
from tests.test_disconnect.flows import (
    address,
    as_stored,
    disconnect,
    grants,
    living_tokens,
    revocation_of,
    tell_google,
)
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.states import ConnectionStatus
from tokens.encryption.sealing import reveal


@pytest.fixture
def row(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


def test_the_page_says_what_stops_what_google_is_told_and_what_stays(
    owner_browser: Client, row: GoogleConnection
) -> None:
    new_request(owner_browser, row)
    page = owner_browser.get(address(row)).content.decode()
    assert "1 request that waits or runs through this account" in page
    assert "The portal gives the permission back" in page
    assert "Every Analytics account of this Google account" in page
    assert as_stored(row.pk).status == ConnectionStatus.ACTIVE


def test_nothing_that_opens_anything_is_left_here(
    owner_browser: Client, row: GoogleConnection
) -> None:
    answer = disconnect(owner_browser, row)
    assert (answer.status_code, answer["Location"]) == (303, row.get_absolute_url())
    ended = as_stored(row.pk)
    assert ended.status == ConnectionStatus.DISCONNECTED
    assert ended.refresh_token is ended.access_token is None
    assert ended.fencing_token == row.fencing_token + 1
    assert ended.refresh_due_at is ended.leased_until is None


def test_the_token_waits_sealed_for_its_own_row_and_is_destroyed_once_google_confirmed(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    disconnect(owner_browser, row)
    waiting = revocation_of(row)
    assert waiting.state == "waiting"
    assert reveal(waiting, "token") == reveal(row, "refresh_token")
    assert grants(google) == 1
    assert tell_google() == 1
    done = revocation_of(row)
    assert (done.state, done.token, done.tries) == ("confirmed", None, 1)
    assert grants(google) == living_tokens(google) == 0
    assert tell_google() == 0


def test_the_page_of_the_connection_says_how_far_google_is(
    owner_browser: Client, row: GoogleConnection
) -> None:
    disconnect(owner_browser, row)
    page = owner_browser.get(row.get_absolute_url()).content.decode()
    assert "Waiting for Google" in page
    assert "Disconnect<" not in page
    tell_google()
    assert "Google confirmed" in owner_browser.get(row.get_absolute_url()).content.decode()


def test_it_is_written_into_the_record_and_the_ledger(
    owner_browser: Client, cast: Cast, row: GoogleConnection
) -> None:
    disconnect(owner_browser, row)
    tell_google()
    with tenant_scope(cast.tenant):
        assert IssuedRefreshToken.objects.get(connection=row).state == "revoked"
        events = {event.tag: event for event in AuditEvent.objects.filter(target_id=str(row.pk))}
    assert events["tokens:connection:disconnected"].actor == cast.owner
    assert events["tokens:revocation:ended"].data["state"] == "confirmed"


def test_a_second_press_does_nothing_and_says_so(
    owner_browser: Client, row: GoogleConnection
) -> None:
    disconnect(owner_browser, row)
    again = owner_browser.post(address(row), follow=True)
    assert "was disconnected already, so nothing was done" in again.content.decode()
    assert row.revocations.model._base_manager.count() == 1
    assert owner_browser.get(address(row))["Location"] == row.get_absolute_url()


def test_a_viewer_sees_no_button_and_may_not(cast: Cast, row: GoogleConnection) -> None:
    viewer = signed_in(cast.viewer)
    assert "/disconnect/" not in viewer.get(row.get_absolute_url()).content.decode()
    assert viewer.get(address(row)).status_code == 403
    assert disconnect(viewer, row).status_code == 403
    assert as_stored(row.pk).status == ConnectionStatus.ACTIVE


def test_a_request_that_is_worked_on_afterwards_waits_and_goes_on_after_a_reconnect(
    owner_browser: Client, cast: Cast, row: GoogleConnection, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, row)
    disconnect(owner_browser, row)
    tell_google()
    work()
    assert fresh(request.pk).status == Status.NEEDS_RECONNECT
    again = connected(owner_browser, cast.tenant, google)
    assert (again.pk, again.status) == (row.pk, ConnectionStatus.ACTIVE)
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS
    page = owner_browser.get(row.get_absolute_url()).content.decode()
    assert "Google confirmed" not in page
