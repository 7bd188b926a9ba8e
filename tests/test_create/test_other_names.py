"""An account under another name than the wanted one is never lost."""

import pytest
from django.test import Client

from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import DETAILS, account_in, fresh, leave_for_terms, new_request, work
from tests.scripting import script
from tests.test_create.looking import (
    Clock,
    accept,
    accept_and_return,
    besides,
    made_by_hand,
    page_of,
    press,
)
from tokens.connections.models.connection import GoogleConnection


@pytest.fixture
def clock() -> Clock:
    return Clock()


def renamed(google: EmulatorThread) -> None:
    script(google, "account-renamed", times=1, called="Renamed at Google")


def test_one_that_was_renamed_is_the_one_that_the_return_names(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    renamed(google)
    back = accept_and_return(owner_browser, waiting, google)
    work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert done.account.account_id == account_in(back)
    assert done.account.account_name == "Renamed at Google"


def test_one_of_an_old_tab_has_the_name_that_its_ticket_was_issued_for(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    script(google, "answer-again")
    with clock.here():
        old_tab = leave_for_terms(owner_browser, waiting)
        owner_browser.get(accept(google, old_tab, answer="cancel"))
        changed = {**DETAILS, "account_name": "Second Thoughts"}
        owner_browser.post(
            f"{waiting.get_absolute_url()}details/",
            {
                **changed,
                "connection": str(waiting.connection_id),
                "submission": str(waiting.submission),
            },
        )
        work()
        assert fresh(waiting.pk).status == Status.AWAITING_TERMS
        owner_browser.get(accept(google, old_tab))
        work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert [done.account.account_id] == list(google.state.accounts)
    assert done.account.account_name == DETAILS["account_name"]


@pytest.mark.parametrize("comes_back", [True, False])
def test_one_that_no_return_names_is_offered_for_choosing(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
    comes_back: bool,
) -> None:
    renamed(google)
    script(google, "accept-no-accountid", times=1)
    with clock.here():
        back = accept(google, leave_for_terms(owner_browser, waiting))
        if comes_back:
            owner_browser.get(back)
    clock.wait(hours=2)
    asked = fresh(waiting.pk)
    assert asked.failure == "ambiguous"
    assert [one.account_id for one in asked.to_choose] == list(google.state.accounts)
    assert "Renamed at Google" in page_of(owner_browser, waiting)
    with clock.here():
        press(owner_browser, waiting, "choose", account=asked.to_choose[0].account_id)
        work()
    assert fresh(waiting.pk).status == Status.COMPLETED


def test_one_that_was_renamed_is_offered_beside_those_that_carry_the_name(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    renamed(google)
    with clock.here():
        accept(google, leave_for_terms(owner_browser, waiting))
        made_by_hand(google, DETAILS["account_name"], 2)
        press(owner_browser, waiting, "check")
        work()
    asked = fresh(waiting.pk)
    assert asked.failure == "ambiguous"
    assert {one.account_id for one in asked.to_choose} == set(google.state.accounts)
    assert "3 new accounts that it may be, 2 of them named" in asked.problem


@pytest.mark.slow
def test_one_renamed_after_a_cancel_is_named_besides(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    renamed(google)
    with clock.here():
        terms = leave_for_terms(owner_browser, waiting)
        press(owner_browser, waiting, "cancel")
        accept(google, terms)
    clock.wait(days=9)
    assert besides(waiting) == list(google.state.accounts)
    assert "may have created" in page_of(owner_browser, waiting)


def test_an_account_that_carries_another_request_s_name_is_not_taken_without_asking(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    first = new_request(owner_browser, connection, account_name="First")
    second = new_request(owner_browser, connection, account_name="Second")
    work()
    backs = [accept(google, leave_for_terms(owner_browser, row)) for row in (first, second)]
    crossed = backs[0].replace(account_in(backs[0]), account_in(backs[1]))
    owner_browser.get(crossed)
    work()
    asked = fresh(first.pk)
    assert asked.failure == "ambiguous"
    assert {one.account_id for one in asked.to_choose} == set(google.state.accounts)


@pytest.mark.parametrize("opened_first", [True, False])
def test_ids_that_two_requests_of_one_name_bring_back_crosswise_are_not_believed(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection, opened_first: bool
) -> None:
    rows = [new_request(owner_browser, connection) for _ in range(2)]
    work()
    if opened_first:
        addresses = [leave_for_terms(owner_browser, row) for row in rows]
        backs = [accept(google, address) for address in addresses]
    else:
        backs = [accept(google, leave_for_terms(owner_browser, row)) for row in rows]
    ids = [account_in(back) for back in backs]
    for place in (0, 1):
        owner_browser.get(backs[place].replace(ids[place], ids[1 - place]))
    work()
    asked = [fresh(row.pk) for row in rows]
    assert [row.failure for row in asked] == ["ambiguous", "ambiguous"]
    for row, account in zip(rows, ids, strict=True):
        press(owner_browser, row, "choose", account=account)
        work()
    assert [fresh(row.pk).account.account_id for row in rows] == ids


def test_every_failure_without_an_account_has_a_way_on(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
) -> None:
    script(google, "account-visible-late", seconds=10_000_000)
    with clock.here():
        accept_and_return(owner_browser, waiting, google)
    clock.wait(minutes=20)
    assert fresh(waiting.pk).failure == "not_confirmed"
    page = page_of(owner_browser, waiting)
    for way in ("Try again from here", "Get a new ticket", "Use an existing account"):
        assert way in page
    with clock.here():
        press(owner_browser, waiting, "again", fresh="1")
        work()
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
