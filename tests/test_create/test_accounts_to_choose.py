"""Where Google lists more than one reading of the facts, a person says which account it is."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    AGENCY,
    account_in,
    answered,
    fresh,
    leave_for_terms,
    new_request,
    path_of,
    work,
)
from tokens.connections.models.connection import GoogleConnection


def check_now(browser: Client, request: ProvisioningRequest) -> ProvisioningRequest:
    browser.post(f"{request.get_absolute_url()}check/")
    work()
    return fresh(request.pk)


@pytest.fixture
def twins(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> tuple[ProvisioningRequest, ProvisioningRequest, str]:
    """Two requests of one name; the second one's terms were accepted, and nobody came back."""
    first, second = (new_request(owner_browser, connection) for _ in range(2))
    work()
    account = account_in(answered(owner_browser, second, google))
    return fresh(first.pk), fresh(second.pk), account


def test_an_account_that_two_requests_could_have_made_is_not_guessed(
    owner_browser: Client, twins: tuple[ProvisioningRequest, ProvisioningRequest, str]
) -> None:
    first, _, account = twins
    asked = check_now(owner_browser, first)
    assert (asked.status, asked.failure) == (Status.FAILED, "ambiguous")
    assert asked.provisioned is None
    page = owner_browser.get(first.get_absolute_url()).content.decode()
    assert "Which account is it?" in page
    assert "Choice needed" in page
    assert f"It is {account}" in page


def test_the_account_that_is_chosen_is_verified_and_set_up(
    owner_browser: Client, twins: tuple[ProvisioningRequest, ProvisioningRequest, str]
) -> None:
    _, second, account = twins
    check_now(owner_browser, second)
    owner_browser.post(f"{second.get_absolute_url()}choose/", {"account": account})
    work()
    done = fresh(second.pk)
    assert done.status == Status.COMPLETED
    assert done.account.account_id == account


def test_what_belongs_to_another_request_meanwhile_cannot_be_had_by_choosing(
    owner_browser: Client, twins: tuple[ProvisioningRequest, ProvisioningRequest, str]
) -> None:
    first, second, account = twins
    for request in (first, second):
        check_now(owner_browser, request)
    for request in (second, first):
        owner_browser.post(f"{request.get_absolute_url()}choose/", {"account": account})
        work()
    assert fresh(second.pk).status == Status.COMPLETED
    assert fresh(first.pk).provisioned is None


def test_an_account_that_was_not_offered_cannot_be_chosen(
    owner_browser: Client, twins: tuple[ProvisioningRequest, ProvisioningRequest, str]
) -> None:
    first, _, _ = twins
    asked = check_now(owner_browser, first)
    owner_browser.post(f"{first.get_absolute_url()}choose/", {"account": "999999"})
    after = fresh(first.pk)
    assert (after.status, after.fencing_token) == (asked.status, asked.fencing_token)


def test_nothing_can_be_chosen_when_nobody_asked(
    owner_browser: Client, twins: tuple[ProvisioningRequest, ProvisioningRequest, str]
) -> None:
    first, _, account = twins
    for wanted in (account, ""):
        owner_browser.post(f"{first.get_absolute_url()}choose/", {"account": wanted})
        assert fresh(first.pk).fencing_token == first.fencing_token


def test_none_of_them_leads_to_a_new_ticket_that_leaves_them_alone(
    owner_browser: Client,
    google: EmulatorThread,
    twins: tuple[ProvisioningRequest, ProvisioningRequest, str],
) -> None:
    first, _, account = twins
    check_now(owner_browser, first)
    owner_browser.post(f"{first.get_absolute_url()}choose/", {"account": ""})
    work()
    assert fresh(first.pk).status == Status.AWAITING_TERMS
    made = account_in(answered(owner_browser, first, google))
    owner_browser.post(f"{first.get_absolute_url()}check/")
    work()
    asked = fresh(first.pk)
    found = {one.account_id for one in asked.to_choose} or {asked.account.account_id}
    assert account not in found
    assert found == {made}


def test_two_accepted_tickets_of_one_request_are_shown_to_the_person(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    request = new_request(owner_browser, connection)
    work()
    terms = leave_for_terms(owner_browser, request)
    owner_browser.post(f"{request.get_absolute_url()}again/")
    work()
    later_terms = leave_for_terms(owner_browser, request)
    for address in (terms, later_terms):
        Person(google.base_url, AGENCY).answer_terms(address)
    asked = check_now(owner_browser, request)
    assert asked.failure == "ambiguous"
    assert len(asked.to_choose) == 2


def test_an_account_made_by_hand_after_the_terms_were_declined_is_not_taken_for_ours(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    request = new_request(owner_browser, connection)
    work()
    back = Person(google.base_url, AGENCY).answer_terms(
        leave_for_terms(owner_browser, request), "cancel"
    )
    owner_browser.get(path_of(str(back)))
    by_hand = new_request(owner_browser, connection)
    work()
    answered(owner_browser, by_hand, google)
    ProvisioningRequest._base_manager.filter(pk=by_hand.pk).delete()
    owner_browser.post(f"{request.get_absolute_url()}again/")
    work()
    assert fresh(request.pk).failure == "ambiguous"


def test_an_account_older_than_the_ticket_is_never_the_one(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    request = new_request(owner_browser, connection)
    work()
    account = account_in(answered(owner_browser, request, google))
    long_ago = timezone.now() - timedelta(days=400)
    google.call(
        lambda world: setattr(world.state.accounts[account], "created_at", long_ago.timestamp())
    )
    assert check_now(owner_browser, request).status == Status.AWAITING_TERMS


def test_a_return_that_names_a_wrong_account_ends_in_the_question_and_not_in_a_guess(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> None:
    request = new_request(owner_browser, connection)
    work()
    account = account_in(answered(owner_browser, request, google))
    with tenant_scope(request.tenant):
        ticket = request.tickets.get().ticket_id
    owner_browser.get(f"/google/terms/?accountTicketId={ticket}&accountId=999999999")
    now = timezone.now()
    for hour in range(12):
        with time_machine.travel(now + timedelta(hours=hour)):
            work()
    asked = fresh(request.pk)
    assert asked.failure == "ambiguous"
    assert [found.account_id for found in asked.to_choose] == [account]


@pytest.mark.parametrize("who", ["viewer", "outsider"])
def test_only_members_who_may_act_choose(
    owner_browser: Client,
    cast: Cast,
    twins: tuple[ProvisioningRequest, ProvisioningRequest, str],
    who: str,
) -> None:
    first, _, account = twins
    asked = check_now(owner_browser, first)
    answer = signed_in(getattr(cast, who)).post(
        f"{first.get_absolute_url()}choose/", {"account": account}
    )
    assert answer.status_code == (403 if who == "viewer" else 404)
    assert fresh(first.pk).fencing_token == asked.fencing_token
