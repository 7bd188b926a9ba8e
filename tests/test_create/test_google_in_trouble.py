"""Google fails in the middle of a request: it waits, says so, and makes nothing twice."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.runner import STEPS
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connect, fresh, later, new_request, work
from tests.scripting import script, stop_scripting
from tokens.connections.models.connection import GoogleConnection


@pytest.mark.parametrize(
    "scenario",
    ["ticket-503", "ticket-429", "html-502", "api-500", "rate-limit-403", "connection-reset"],
)
def test_a_passing_failure_is_waited_out(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection, scenario: str
) -> None:
    script(google, scenario)
    request = new_request(owner_browser, connection)
    work()
    waiting = fresh(request.pk)
    assert waiting.status == Status.WAITING_RETRY
    assert "Nothing was created" in owner_browser.get(request.get_absolute_url()).content.decode()
    stop_scripting(google)
    with later():
        work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


def test_retry_after_is_the_least_that_is_waited(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    script(google, "ticket-429", retry_after=600)
    request = new_request(owner_browser, connection)
    work()
    due = fresh(request.pk).due_at
    assert due is not None
    assert due >= timezone.now() + timedelta(seconds=590)


def waited_out(
    request: ProvisioningRequest, now: datetime, until: datetime | None = None
) -> tuple[ProvisioningRequest, datetime]:
    """Work whenever something is due, as long as the portal tries again, or `until` then."""
    with time_machine.travel(now):
        work()
    row = fresh(request.pk)
    while row.status == Status.WAITING_RETRY and row.due_at and (not until or row.due_at < until):
        now = row.due_at + timedelta(seconds=1)
        with time_machine.travel(now):
            work()
        row = fresh(request.pk)
    return row, now


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [11, 600, 60 * 40])
def test_after_an_outage_of_google_a_request_goes_on_by_itself(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection, minutes: int
) -> None:
    script(google, "ticket-503")
    request, began = new_request(owner_browser, connection), timezone.now()
    row, now = waited_out(request, began, began + timedelta(minutes=minutes))
    assert row.status == Status.WAITING_RETRY
    stop_scripting(google)
    row, now = waited_out(request, now)
    assert row.status == Status.AWAITING_TERMS
    assert now < began + timedelta(minutes=minutes, days=1)


@pytest.mark.slow
def test_after_many_tries_the_portal_gives_up_and_says_why(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    script(google, "ticket-503")
    request = new_request(owner_browser, connection)
    failed, now = waited_out(request, timezone.now())
    assert failed.status == Status.FAILED
    assert failed.failure == "too_many_tries"
    assert "The portal tried 39 times" in failed.problem
    assert now > timezone.now() + timedelta(days=3)
    stop_scripting(google)
    owner_browser.post(f"{request.get_absolute_url()}again/")
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


def test_an_api_that_is_switched_off_is_not_tried_again(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    script(google, "service-disabled")
    request = new_request(owner_browser, connection)
    work()
    failed = fresh(request.pk)
    assert (failed.status, failed.failure) == (Status.FAILED, "api_disabled")


def test_a_refused_access_token_is_renewed_once_and_the_call_repeated(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    script(google, "api-401-once", times=1)
    request = new_request(owner_browser, connection)
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


@pytest.mark.parametrize("scenario", ["api-401-always"])
def test_a_token_that_google_keeps_refusing_needs_the_person(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    connection: GoogleConnection,
    scenario: str,
) -> None:
    script(google, scenario)
    request = new_request(owner_browser, connection)
    work()
    assert fresh(request.pk).status == Status.NEEDS_RECONNECT
    stop_scripting(google)
    connect(owner_browser, cast.tenant, google)
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


def test_a_revoked_grant_stops_the_request_until_it_is_connected_again(
    owner_browser: Client, cast: Cast, google: EmulatorThread, connection: GoogleConnection
) -> None:
    script(google, "rt-revoked-by-user")
    GoogleConnection._base_manager.update(access_expires_at=timezone.now())
    request = new_request(owner_browser, connection)
    work()
    stopped = fresh(request.pk)
    assert stopped.status == Status.NEEDS_RECONNECT
    assert stopped.connection is not None
    assert stopped.connection.reason == "revoked"
    stop_scripting(google)
    connect(owner_browser, cast.tenant, google)
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


@pytest.mark.parametrize(
    "scenario",
    [
        "token-503-html",
        "token-502-html",
        "token-429",
        "internal_failure",
        "token-200-notjson",
        "client-secret-rotated",
        "client-deleted",
    ],
)
def test_no_trouble_of_the_token_endpoint_declares_a_grant_dead(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection, scenario: str
) -> None:
    script(google, scenario)
    GoogleConnection._base_manager.update(access_expires_at=timezone.now())
    request = new_request(owner_browser, connection)
    work()
    assert fresh(request.pk).status == Status.WAITING_RETRY
    connection.refresh_from_db()
    assert connection.status == "active"
    stop_scripting(google)
    with later():
        work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


@pytest.mark.parametrize("scenario", ["stream-503", "property-503"])
def test_a_failing_step_is_retried_alone_and_nothing_is_made_twice(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection, scenario: str
) -> None:
    request = new_request(owner_browser, connection)
    work()
    script(google, scenario, times=2)
    answer_terms(owner_browser, request, google)
    work()
    assert fresh(request.pk).status == Status.CONFIGURING
    for hour in range(1, 4):
        with later(minutes=60 * hour):
            work()
    assert fresh(request.pk).status == Status.COMPLETED
    assert len(google.state.properties) == 1
    assert len(google.state.streams) == 1


def test_a_write_whose_answer_was_lost_is_looked_for_before_it_is_repeated(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    request = new_request(owner_browser, connection)
    work()
    script(google, "write-applied-then-timeout", times=1, seconds=6)
    answer_terms(owner_browser, request, google)
    work()
    for hour in range(1, 4):
        with later(minutes=60 * hour):
            work()
    assert fresh(request.pk).status == Status.COMPLETED
    assert len(google.state.properties) == 1
    assert len(google.state.streams) == 1


def test_two_requests_of_the_same_name_never_share_an_account(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    requests = [new_request(owner_browser, connection) for _ in range(2)]
    work()
    for request in requests:
        answer_terms(owner_browser, request, google)
    work()
    done: list[ProvisioningRequest] = [fresh(request.pk) for request in requests]
    assert {row.status for row in done} == {Status.COMPLETED}
    assert len({row.account.account_id for row in done}) == 2


def test_a_fault_of_the_portal_itself_does_not_keep_a_worker_busy(
    owner_browser: Client,
    google: EmulatorThread,
    connection: GoogleConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError

    request = new_request(owner_browser, connection)
    with monkeypatch.context() as patched:
        patched.setitem(STEPS, Status.REQUESTING, fault)
        with pytest.raises(ZeroDivisionError):
            work()
        work()
    stopped = fresh(request.pk)
    assert stopped.status == Status.REQUESTING
    assert "The portal itself failed" in stopped.problem
    with later():
        work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


def test_cancelling_while_waiting_ends_it_for_good(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    request = new_request(owner_browser, connection)
    work()
    owner_browser.post(f"{request.get_absolute_url()}cancel/")
    with later(minutes=600):
        work()
    cancelled = fresh(request.pk)
    assert cancelled.status == Status.CANCELLED
    with tenant_scope(cancelled.tenant):
        assert cancelled.tickets.get().status == "closed"
