"""An account is found although the clock is wrong, or was when its ticket was issued."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.tenancy.scope import across_tenants
from portal.operations.clock_changes import pull_back
from provisioning.analytics.google.moments import by_our_clock, hear
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected, fresh, leave_for_terms, new_request, work
from tests.test_create.looking import Clock, accept
from tokens.encryption.services.master_keys import report

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("returned", [True, False], ids=["returned", "never returned"])
@pytest.mark.parametrize("hours", [0.5, 24])
def test_its_ticket_is_as_old_as_it_is(
    owner_browser: Client, cast: Cast, google: EmulatorThread, hours: float, returned: bool
) -> None:
    ahead = timedelta(hours=hours)
    with time_machine.travel(timezone.now() + ahead):
        report("worker")
        request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
        work()
        terms = leave_for_terms(owner_browser, request)
    now = timezone.now()
    pull_back()
    with across_tenants():
        ticket = AccountTicket.objects.get()
    assert ticket.opened_at is not None
    assert abs(ticket.created_at - now) < timedelta(minutes=1)
    assert abs(ticket.opened_at - now) < timedelta(minutes=1)
    assert abs(ticket.expires_at - now - timedelta(hours=1)) < timedelta(minutes=1)
    back = accept(google, terms)
    if returned:
        owner_browser.get(back)
    Clock().wait(hours=2)
    assert fresh(request.pk).status == Status.COMPLETED


@pytest.mark.parametrize("backend", ["ga4", "legacy"])
@pytest.mark.parametrize("hours", [-24, -1, 1])
def test_a_clock_that_stays_wrong_hides_no_account(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    request: pytest.FixtureRequest,
    hours: float,
    backend: str,
) -> None:
    """Google's clock is `hours` ahead of ours: where it is behind, accounts look too old."""
    legacy = "1" if backend == "legacy" else ""
    if legacy:
        request.getfixturevalue(backend)
    through = connected(owner_browser, cast.tenant, google, legacy=legacy)
    google.call(lambda world: setattr(world.state, "clock_offset", hours * 3600))
    row = new_request(owner_browser, through, time_zone="America/Los_Angeles")
    work()
    owner_browser.get(accept(google, leave_for_terms(owner_browser, row)))
    Clock().wait(minutes=30)
    assert fresh(row.pk).status == Status.COMPLETED


@pytest.mark.parametrize("said", ["", "yesterday", "2026-02-30T00:00:00Z", "x" * 99])
def test_a_moment_that_cannot_be_read_is_none(said: str) -> None:
    assert by_our_clock(said) is None


@pytest.mark.parametrize("said", ["2026-02-03T04:05:06", "2026-02-03T04:05:06Z"])
def test_a_moment_without_a_zone_is_in_utc(said: str) -> None:
    hear(None)
    assert by_our_clock(said) == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_a_ticket_that_was_issued_by_a_right_clock_stays_open_as_long(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    with across_tenants():
        before = AccountTicket.objects.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):
        report("worker")
        leave_for_terms(owner_browser, request)
    pull_back()
    with across_tenants():
        after = AccountTicket.objects.get()
    assert (after.created_at, after.expires_at) == (before.created_at, before.expires_at)
    assert after.opened_at is not None
    assert after.opened_at < timezone.now() + timedelta(minutes=1)
