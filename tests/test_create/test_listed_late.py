"""An account that Google lists late is found before another is asked for, or named besides."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    DETAILS,
    SHOP,
    account_in,
    connected,
    fresh,
    leave_for_terms,
    new_request,
    work,
)
from tests.test_create.looking import (
    Clock,
    accept,
    accept_and_return,
    besides,
    listed_late,
    page_of,
    press,
)
from tokens.connections.models.connection import GoogleConnection


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("seconds", [0, 5, 60, 600])
def test_after_backend_error_one_account_is_made_however_late_it_is_listed(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
    seconds: int,
) -> None:
    listed_late(google, seconds)
    accept_and_return(owner_browser, waiting, google)
    assert fresh(waiting.pk).status == Status.WAITING_RETRY
    clock.wait(minutes=15)
    assert fresh(waiting.pk).status == Status.COMPLETED
    assert len(google.state.tickets) == len(google.state.accounts) == 1


def test_when_nothing_was_made_it_asks_again_by_itself_after_that_patience(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    owner_browser.get(
        accept(google, leave_for_terms(owner_browser, waiting), answer="backend_error")
    )
    clock.wait(minutes=12)
    assert len(google.state.tickets) == 1
    clock.wait(minutes=3)
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
    assert len(google.state.tickets) == 2


def test_nobody_is_sent_to_new_terms_once_the_first_account_is_listed(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    listed_late(google, 90)
    with clock.here():
        accept_and_return(owner_browser, waiting, google)
        press(owner_browser, waiting, "again")
        work()
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
    clock.now += timedelta(seconds=100)
    with clock.here():
        where = leave_for_terms(owner_browser, waiting)
        work()
    assert where == waiting.get_absolute_url()
    assert fresh(waiting.pk).status == Status.COMPLETED
    assert len(google.state.accounts) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [300, 3600 * 5, 3600 * 24 * 3])
def test_what_is_listed_after_a_second_one_was_accepted_is_named_besides(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
    seconds: int,
) -> None:
    listed_late(google, seconds)
    with clock.here():
        accept_and_return(owner_browser, waiting, google)
        press(owner_browser, waiting, "again")
        work()
        back = accept_and_return(owner_browser, waiting, google)
        work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert done.account.account_id == account_in(back)
    clock.wait(days=5)
    first = sorted(google.state.accounts.keys() - {account_in(back)})
    assert besides(waiting) == first
    page = page_of(owner_browser, waiting)
    assert "Also created at Google" in page
    assert first[0] in page


@pytest.mark.parametrize("after", ["backend_error", "cancel", "limit"])
def test_the_first_google_account_is_looked_at_before_another_is_used(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
    after: str,
) -> None:
    other = connected(owner_browser, cast.tenant, google, SHOP)
    listed_late(google, 60)
    with clock.here():
        accept_and_return(owner_browser, waiting, google)
        if after != "backend_error":
            press(owner_browser, waiting, "again")
            work()
            owner_browser.get(accept(google, leave_for_terms(owner_browser, waiting), answer=after))
    clock.now += timedelta(seconds=61)
    with clock.here():
        press(owner_browser, waiting, "use", connection=str(other.pk))
        work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert done.connection == waiting.connection
    assert list(google.state.accounts) == [done.account.account_id]


def test_changed_details_do_not_hide_what_the_first_ticket_made(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
) -> None:
    listed_late(google, 60)
    with clock.here():
        accept_and_return(owner_browser, waiting, google)
        press(owner_browser, waiting, "again")
        work()
        owner_browser.get(accept(google, leave_for_terms(owner_browser, waiting), answer="cancel"))
        changed = {
            **DETAILS,
            "account_name": "Another Name",
            "connection": str(waiting.connection_id),
        }
        owner_browser.post(
            f"{waiting.get_absolute_url()}details/",
            {**changed, "submission": str(waiting.submission)},
        )
    assert fresh(waiting.pk).account_name == "Another Name"
    clock.wait(minutes=3)
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert len(google.state.accounts) == 1


@pytest.mark.parametrize("error", ["backend_error", "user_cancel"])
def test_an_error_of_an_older_ticket_is_a_reason_to_look(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
    error: str,
) -> None:
    listed_late(google, 60, fails=False)
    with clock.here():
        back = accept(google, leave_for_terms(owner_browser, waiting))
        press(owner_browser, waiting, "again")
        work()
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
    clock.now += timedelta(seconds=61)
    with clock.here():
        ticket = back.partition("accountTicketId=")[2].partition("&")[0]
        owner_browser.get(f"/google/terms/?accountTicketId={ticket}&error={error}")
        work()
    assert fresh(waiting.pk).status == Status.COMPLETED
    assert len(google.state.accounts) == 1


@pytest.mark.slow
@pytest.mark.parametrize("hours", [1, 20, 70])
def test_an_accepted_account_that_google_lists_much_later_is_found_without_anybody(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
    hours: int,
) -> None:
    listed_late(google, hours * 3600 - 1800, fails=False)
    with clock.here():
        accept_and_return(owner_browser, waiting, google)
    clock.wait(minutes=16)
    assert fresh(waiting.pk).failure == "not_confirmed"
    clock.wait(hours=hours + 25)
    assert fresh(waiting.pk).status == Status.COMPLETED


@pytest.mark.slow
def test_looking_ends_after_a_day_of_hours_and_a_week_of_days(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    leave_for_terms(owner_browser, waiting)
    clock.wait(days=10)
    with tenant_scope(waiting.tenant):
        ticket = waiting.tickets.get()
    assert fresh(waiting.pk).status == Status.EXPIRED
    assert ticket.look_at is None
    assert 25 < ticket.looks < 45


def test_a_ticket_that_nobody_opened_is_not_looked_for(
    waiting: ProvisioningRequest, clock: Clock
) -> None:
    clock.wait(hours=3)
    assert fresh(waiting.pk).status == Status.EXPIRED
    with tenant_scope(waiting.tenant):
        assert waiting.tickets.get().look_at is None


def test_another_request_of_the_same_google_account_is_not_given_what_was_listed_late(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    connection: GoogleConnection,
    clock: Clock,
) -> None:
    listed_late(google, 120)
    with clock.here():
        accept_and_return(owner_browser, waiting, google)
        twin = new_request(owner_browser, connection)
        work()
    clock.now += timedelta(seconds=121)
    with clock.here():
        press(owner_browser, twin, "check")
        work()
    assert fresh(twin.pk).provisioned is None
