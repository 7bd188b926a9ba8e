"""One permission at Google, several connections: nobody pulls the rug from under another."""

import pytest
from django.test import Client

from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import SHOP, connected
from tests.test_disconnect.flows import (
    address,
    as_stored,
    disconnect,
    grants,
    living_tokens,
    revocation_of,
    tell_google,
)
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.states import ConnectionStatus
from tokens.connections.unscoped import living_on


@pytest.fixture
def mine(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


@pytest.fixture
def theirs(cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(signed_in(cast.outsider), cast.elsewhere, google)


def test_google_is_not_told_while_another_tenant_lives_on_the_same_account(
    owner_browser: Client, mine: GoogleConnection, theirs: GoogleConnection, google: EmulatorThread
) -> None:
    page = owner_browser.get(address(mine)).content.decode()
    assert "1 other connection of the portal lives on the permission" in page
    assert "Other Ltd" not in page
    disconnect(owner_browser, mine)
    kept = revocation_of(mine)
    assert (kept.state, kept.token) == ("kept", None)
    assert tell_google() == 0
    assert grants(google) == 1
    assert as_stored(theirs.pk).status == ConnectionStatus.ACTIVE
    shown = owner_browser.get(mine.get_absolute_url()).content.decode()
    assert "1 other connection lives on the same permission" in shown


def test_the_last_one_out_ends_it_for_all(
    owner_browser: Client,
    cast: Cast,
    mine: GoogleConnection,
    theirs: GoogleConnection,
    google: EmulatorThread,
) -> None:
    disconnect(owner_browser, mine)
    disconnect(signed_in(cast.outsider), theirs)
    assert revocation_of(theirs).state == "waiting"
    tell_google()
    assert grants(google) == living_tokens(google) == 0


def test_another_google_account_does_not_count(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    other = connected(owner_browser, cast.tenant, google, SHOP)
    disconnect(owner_browser, mine)
    tell_google()
    assert revocation_of(mine).state == "confirmed"
    assert as_stored(other.pk).status == ConnectionStatus.ACTIVE
    assert living_tokens(google) == 1


def test_who_connects_while_google_is_still_to_be_told_is_spared(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    disconnect(owner_browser, mine)
    waiting_key = connected(signed_in(cast.outsider), cast.elsewhere, google)
    tell_google()
    kept = revocation_of(mine)
    assert (kept.state, kept.token) == ("kept", None)
    assert as_stored(waiting_key.pk).status == ConnectionStatus.ACTIVE
    assert grants(google) == 1


def test_who_connects_again_before_google_was_told_keeps_the_new_permission(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    disconnect(owner_browser, mine)
    connected(owner_browser, cast.tenant, google)
    tell_google()
    kept = revocation_of(mine)
    assert (kept.state, kept.token) == ("kept", None)
    assert "connected again" in kept.problem
    assert grants(google) == 1


def test_a_connection_whose_permission_is_dead_does_not_count(
    owner_browser: Client, mine: GoogleConnection, theirs: GoogleConnection
) -> None:
    GoogleConnection._base_manager.filter(pk=theirs.pk).update(
        status=ConnectionStatus.NEEDS_RECONNECT, reason="revoked"
    )
    disconnect(owner_browser, mine)
    assert revocation_of(mine).state == "waiting"


def test_clients_of_one_google_project_share_permissions(
    mine: GoogleConnection,
) -> None:
    OAuthClient._base_manager.update(client_id="123-one.apps.googleusercontent.com")
    assert living_on("123-two.apps.googleusercontent.com", mine.sub) == 1
    assert living_on("1234-two.apps.googleusercontent.com", mine.sub) == 0
