"""What a request no longer allows, or what changed under whoever acts on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from provisioning.analytics.google.backend import AccountSpec
from provisioning.analytics.google.quotas import STEP
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services import bulk, departure, runner, unfinished
from provisioning.requests.services.drafts import save_details
from provisioning.requests.services.expiry import end_ticket
from provisioning.requests.services.requests import cancel, check_now, start_over
from provisioning.requests.services.throttling import charge_pages, may_call, record_limit
from provisioning.requests.services.transitions import UnlawfulMove, change_status
from provisioning.requests.services.verification import verify
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, fresh, work
from tests.rows import connection_row, request_row
from tokens.connections.models.connection import GoogleConnection
from tokens.google.errors import ErrorKind, GoogleError, Trouble

SPEC = AccountSpec(
    account_name="Another Bakery",
    property_name="another.example",
    stream_name="another.example",
    website_url="https://another.example",
    time_zone="Europe/Paris",
    region_code="FR",
)


@pytest.fixture
def stored(cast: Cast) -> GoogleConnection:
    """A connection that no test here asks Google through."""
    return connection_row(cast.tenant)


def without_google_account(row: ProvisioningRequest) -> ProvisioningRequest:
    with tenant_scope(row.tenant):
        ProvisioningRequest.objects.filter(pk=row.pk).update(connection=None)
    return fresh(row.pk)


def cancelled_meanwhile(pk: Any) -> None:
    """Somebody else cancels it, whatever is in the hands of whoever works on it."""
    cancel(fresh(pk), by_worker())


# --- details -----------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.VERIFYING, Status.COMPLETED, Status.AWAITING_TERMS])
def test_details_of_what_may_exist_stay_as_they_are(
    stored: GoogleConnection, status: Status
) -> None:
    row = request_row(stored, status)
    with tenant_scope(row.tenant), pytest.raises(UnlawfulMove, match="stay as they are"):
        save_details(row, SPEC, stored, by_worker())
    assert fresh(row.pk).account_name == "Bluebird Bakery"


def test_a_declined_request_needs_a_google_account_with_its_new_details(
    stored: GoogleConnection,
) -> None:
    row = request_row(stored, Status.DECLINED)
    with tenant_scope(row.tenant), pytest.raises(UnlawfulMove, match="has to be chosen"):
        save_details(row, SPEC, None, by_worker())
    assert fresh(row.pk).account_name == "Bluebird Bakery"


def test_details_that_are_the_same_are_saved_and_recorded_as_no_change(
    stored: GoogleConnection,
) -> None:
    row = without_google_account(request_row(stored, Status.AUTHORIZING))
    same = AccountSpec(*(getattr(row, name) for name in SPEC.__dataclass_fields__))
    with tenant_scope(row.tenant):
        save_details(row, same, None, by_worker())
        save_details(row, replace(same, time_zone="Europe/Rome"), None, by_worker())
    assert fresh(row.pk).time_zone == "Europe/Rome"


# --- what people press ---------------------------------------------------------


def test_of_many_one_that_moves_in_the_same_moment_is_named_and_the_others_go_on(
    stored: GoogleConnection,
) -> None:
    rows = [request_row(stored, Status.DECLINED) for _ in range(3)]

    def act(row: ProvisioningRequest, actor: Any) -> None:
        if row.pk == rows[1].pk:
            cancelled_meanwhile(row.pk)
        cancel(row, actor)

    with tenant_scope(stored.tenant):
        result = bulk._each([row.pk for row in rows], by_worker(), act)
    assert [row.pk for row in result.done] == [rows[0].pk, rows[2].pk]
    assert {why: [row.pk for row in given] for why, given in result.refused.items()} == {
        "moved on in the same moment": [rows[1].pk]
    }


def test_a_confirmed_account_is_not_made_a_second_time(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    answer_terms(owner_browser, waiting, google)
    work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    with tenant_scope(done.tenant), pytest.raises(UnlawfulMove, match="would be a second"):
        start_over(done, by_worker())
    assert fresh(done.pk).version == done.version


@pytest.mark.parametrize("act", [check_now, end_ticket])
def test_without_a_ticket_there_is_nothing_to_check_or_to_end(
    stored: GoogleConnection, act: Callable[..., None]
) -> None:
    row = request_row(stored, Status.AWAITING_TERMS)
    with tenant_scope(row.tenant), pytest.raises(UnlawfulMove):
        act(row, by_worker())
    assert fresh(row.pk).version == row.version


def test_nobody_leaves_for_terms_that_are_no_more(
    cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    with tenant_scope(waiting.tenant):
        held = ProvisioningRequest.objects.select_related("tenant", "connection__client").get(
            pk=waiting.pk
        )
        end_ticket(fresh(waiting.pk), by_worker())
        url = departure._open_terms(held, user=cast.owner, session_key="key", actor=by_worker())
        assert url == ""
        assert waiting.tickets.get().opened_at is None


# --- what workers find ---------------------------------------------------------


def test_a_step_that_is_overtaken_ends_without_an_error_and_changes_nothing(
    stored: GoogleConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = request_row(stored, Status.QUEUED)
    with tenant_scope(row.tenant):
        ProvisioningRequest.objects.update(due_at=timezone.now())

    def overtaken(request: ProvisioningRequest) -> None:
        cancelled_meanwhile(request.pk)
        change_status(request, Status.REQUESTING, reason="late", actor=by_worker())

    monkeypatch.setitem(runner.STEPS, Status.QUEUED, overtaken)
    with tenant_scope(row.tenant):
        runner.run(row.pk)
    assert fresh(row.pk).status == Status.CANCELLED


def test_what_cannot_be_verified_fails_and_says_so(stored: GoogleConnection) -> None:
    row = request_row(stored, Status.VERIFYING)
    with tenant_scope(row.tenant):
        verify(row)
    assert fresh(row.pk).status == Status.FAILED
    assert "no ticket to verify" in fresh(row.pk).problem


def test_a_request_without_a_google_account_costs_none_of_its_quota(
    stored: GoogleConnection,
) -> None:
    row = without_google_account(request_row(stored, Status.AUTHORIZING))
    error = GoogleError(Trouble(ErrorKind.RATE_LIMITED, 429, retry_after=60))
    with tenant_scope(row.tenant):
        assert may_call(row, STEP)
        charge_pages(row, 1000)
        record_limit(row, error, STEP)
    assert fresh(row.pk).problem == ""


def test_an_unfinished_request_that_somebody_goes_on_with_is_not_cancelled_under_them(
    stored: GoogleConnection,
) -> None:
    row = request_row(stored, Status.DRAFT)
    with tenant_scope(row.tenant):
        held = ProvisioningRequest.objects.select_related("tenant").get(pk=row.pk)
        save_details(fresh(row.pk), SPEC, None, by_worker())
        unfinished._cancel(held)
    assert fresh(row.pk).status == Status.AUTHORIZING


def test_where_nothing_ends_nothing_is_warned_of_or_cancelled(
    stored: GoogleConnection, settings: Settings
) -> None:
    settings.UNFINISHED_DAYS = 0
    row = request_row(stored, Status.DRAFT)
    with tenant_scope(row.tenant):
        ProvisioningRequest.objects.update(updated_at=timezone.now() - timedelta(days=900))
        unfinished.tidy(row.pk)
    assert fresh(row.pk).status == Status.DRAFT
    assert unfinished.first_warning(timezone.now()) is None
