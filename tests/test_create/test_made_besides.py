"""Accounts that Google made where nobody waited for one are the request's, or named besides."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.tenancy.scope import across_tenants
from provisioning.requests.models.attempt import TosOutcome
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import account_in, fresh, leave_for_terms, work
from tests.scripting import script
from tests.test_create.looking import (
    Clock,
    accept,
    accept_and_return,
    besides,
    listed_late,
    made_by_hand,
    page_of,
    press,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("comes_back", [True, False])
@pytest.mark.parametrize("seconds", [0, 3600 * 3])
def test_what_is_accepted_after_a_cancel(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
    comes_back: bool,
    seconds: int,
) -> None:
    with clock.here():
        terms = leave_for_terms(owner_browser, waiting)
        press(owner_browser, waiting, "cancel")
    listed_late(google, seconds, fails=False)
    clock.now += timedelta(minutes=1)
    with clock.here():
        back = accept(google, terms)
        if comes_back:
            owner_browser.get(back)
    clock.wait(hours=12)
    assert fresh(waiting.pk).status == Status.CANCELLED
    assert besides(waiting) == list(google.state.accounts)
    page = page_of(owner_browser, waiting)
    assert "Also created at Google" in page
    assert "Delete it in Google Analytics" in page


def test_a_made_up_return_does_not_keep_the_true_one_out(
    owner_browser: Client, cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    back = accept(google, leave_for_terms(owner_browser, waiting))
    elsewhere = signed_in(cast.owner)
    for made_up in range(20):
        elsewhere.get(back.replace(account_in(back), str(900_000 + made_up % 4)))
    elsewhere.get(back)
    with across_tenants():
        [ticket] = fresh(waiting.pk).tickets.all()
        assert account_in(back) in ticket.facts.hinted


def test_what_is_made_up_about_one_ticket_is_kept_within_bounds(
    owner_browser: Client, cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    back = accept(google, leave_for_terms(owner_browser, waiting))
    elsewhere = signed_in(cast.owner)
    for made_up in range(30):
        elsewhere.get(back.replace(account_in(back), str(900_000 + made_up)))
    with across_tenants():
        assert TosOutcome.objects.filter(ticket__request=waiting.pk).count() == 10


@pytest.mark.slow
def test_the_one_that_is_listed_after_another_of_its_name_was_taken_for_it(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    listed_late(google, 2 * 86_400, fails=False)
    with clock.here():
        accept(google, leave_for_terms(owner_browser, waiting))
        made_by_hand(google, waiting.account_name)
        press(owner_browser, waiting, "check")
        work()
    taken = fresh(waiting.pk)
    assert taken.status == Status.COMPLETED
    clock.wait(days=12)
    assert besides(waiting) == [
        id_ for id_ in google.state.accounts if id_ != taken.account.account_id
    ]
    assert "may have created" in page_of(owner_browser, waiting)


def test_what_another_tab_accepts_while_the_first_is_verified(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    with clock.here():
        first = leave_for_terms(owner_browser, waiting)
        press(owner_browser, waiting, "again")
        work()
        listed_late(google, 60, fails=False)
        back = accept_and_return(owner_browser, waiting, google)
        work()
        assert fresh(waiting.pk).status == Status.VERIFYING
        other = accept(google, first)
        page = owner_browser.get(other, follow=True).content.decode()
    assert "was not counted" in page
    clock.wait(minutes=10)
    done = fresh(waiting.pk)
    assert done.account.account_id == account_in(back)
    assert besides(waiting) == [account_in(other)]


@pytest.mark.parametrize("returns", [(0, 1), (1, 0), (1,), (0,)])
def test_two_tickets_of_one_request_that_were_both_accepted(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    clock: Clock,
    returns: tuple[int, ...],
) -> None:
    with clock.here():
        addresses = [leave_for_terms(owner_browser, waiting)]
        press(owner_browser, waiting, "again")
        work()
        addresses.append(leave_for_terms(owner_browser, waiting))
        backs = [accept(google, terms) for terms in addresses]
        for place in returns:
            owner_browser.get(backs[place])
    clock.wait(hours=3)
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert sorted([done.account.account_id, *besides(waiting)]) == sorted(google.state.accounts)


def test_an_acceptance_after_a_cancel_on_the_same_page_becomes_the_account(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    script(google, "answer-again")
    with clock.here():
        terms = leave_for_terms(owner_browser, waiting)
        owner_browser.get(accept(google, terms, answer="cancel"))
        assert fresh(waiting.pk).status == Status.DECLINED
        owner_browser.get(accept(google, terms))
        work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert [done.account.account_id] == list(google.state.accounts)


def test_an_acceptance_after_a_cancel_is_named_where_a_newer_ticket_made_the_account(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    script(google, "answer-again")
    with clock.here():
        terms = leave_for_terms(owner_browser, waiting)
        owner_browser.get(accept(google, terms, answer="cancel"))
        press(owner_browser, waiting, "again")
        work()
        accept_and_return(owner_browser, waiting, google)
        work()
        late = accept(google, terms)
        owner_browser.get(late)
        work()
    assert fresh(waiting.pk).status == Status.COMPLETED
    assert besides(waiting) == [account_in(late)]


def test_what_was_chosen_leaves_the_others_named(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    with clock.here():
        first = leave_for_terms(owner_browser, waiting)
        press(owner_browser, waiting, "again")
        work()
        second = leave_for_terms(owner_browser, waiting)
        made = [account_in(accept(google, terms)) for terms in (first, second)]
        press(owner_browser, waiting, "check")
        work()
        assert fresh(waiting.pk).failure == "ambiguous"
        press(owner_browser, waiting, "choose", account=made[0])
        work()
    assert fresh(waiting.pk).account.account_id == made[0]
    assert besides(waiting) == [made[1]]


def test_candidates_are_not_forgotten_when_the_request_is_cancelled(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, clock: Clock
) -> None:
    with clock.here():
        first = leave_for_terms(owner_browser, waiting)
        press(owner_browser, waiting, "again")
        work()
        for terms in (first, leave_for_terms(owner_browser, waiting)):
            accept(google, terms)
        press(owner_browser, waiting, "check")
        work()
        press(owner_browser, waiting, "cancel")
        work()
    assert besides(waiting) == sorted(google.state.accounts)


def test_others_learn_nothing_of_them(
    owner_browser: Client, cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    terms = leave_for_terms(owner_browser, waiting)
    press(owner_browser, waiting, "cancel")
    made = account_in(accept(google, terms))
    work()
    viewer = page_of(signed_in(cast.viewer), waiting)
    assert made in viewer
    assert "use an existing account" not in viewer
    assert signed_in(cast.outsider).get(waiting.get_absolute_url()).status_code == 404
