"""Nobody comes back from Google's terms page: the portal looks at Google, and then says so."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.looks import GRACE
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.seed import add_accounts, sub_for
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    AGENCY,
    answer_terms,
    answered,
    connected,
    fresh,
    leave_for_terms,
    new_request,
    work,
)
from tests.scripting import script


def test_every_ticket_has_a_deadline_that_a_worker_keeps(waiting: ProvisioningRequest) -> None:
    with tenant_scope(waiting.tenant):
        ticket = waiting.tickets.get()
    assert waiting.due_at == ticket.expires_at


def test_nothing_accepted_and_nothing_listed_leads_to_expired(
    waiting: ProvisioningRequest,
) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        work()
    assert fresh(waiting.pk).status == Status.EXPIRED


def test_an_account_accepted_without_a_return_is_found_at_the_deadline(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    answered(owner_browser, waiting, google)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        work()
    assert fresh(waiting.pk).status == Status.COMPLETED


def test_what_was_accepted_in_the_last_moment_and_is_listed_late_is_found_too(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    assert waiting.due_at is not None
    script(google, "account-visible-late", seconds=300)
    with time_machine.travel(waiting.due_at - timedelta(seconds=5)):
        answered(owner_browser, waiting, google)
    with time_machine.travel(waiting.due_at + timedelta(seconds=5)):
        work()
        looked = fresh(waiting.pk)
    assert looked.status == Status.AWAITING_TERMS
    assert looked.due_at == waiting.due_at + GRACE
    with time_machine.travel(looked.due_at + timedelta(seconds=5)):
        work()
    assert fresh(waiting.pk).status == Status.COMPLETED


def test_a_person_who_accepted_can_ask_for_a_look(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    answered(owner_browser, waiting, google)
    owner_browser.post(f"{waiting.get_absolute_url()}check/")
    work()
    assert fresh(waiting.pk).status == Status.COMPLETED


def test_a_look_before_anything_was_accepted_goes_on_waiting(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    owner_browser.post(f"{waiting.get_absolute_url()}check/")
    work()
    still = fresh(waiting.pk)
    assert still.status == Status.AWAITING_TERMS
    assert still.problem == "Google lists no new account yet."
    answer_terms(owner_browser, waiting, google)
    work()
    assert fresh(waiting.pk).status == Status.COMPLETED


def test_without_a_ticket_there_is_nothing_to_look_for(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    owner_browser.post(f"{request.get_absolute_url()}check/")
    assert fresh(request.pk).status == Status.QUEUED
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


def test_where_the_google_account_is_full_that_is_why_nobody_came_back(
    owner_browser: Client,
    google: EmulatorThread,
    waiting: ProvisioningRequest,
    settings: Settings,
) -> None:
    script(google, "limit-no-callback")
    leave_for_terms(owner_browser, waiting)
    settings.GOOGLE_ACCOUNT_LIMIT = 3
    google.call(lambda world: add_accounts(world.state, sub_for(AGENCY), 3))
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        work()
    stopped = fresh(waiting.pk)
    assert stopped.status == Status.LIMIT_REACHED
    page = owner_browser.get(stopped.get_absolute_url()).content.decode()
    assert "Google lists 3 Analytics accounts for this Google account" in page
    assert "delete an Analytics account you no longer need at Google and try again" in page


@pytest.mark.parametrize("hours", [0, 2])
def test_a_new_ticket_is_not_asked_for_while_an_earlier_one_has_made_the_account(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, hours: int
) -> None:
    answered(owner_browser, waiting, google)
    tickets = len(google.state.tickets)
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        owner_browser.post(f"{waiting.get_absolute_url()}again/")
        work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert len(google.state.tickets) == tickets
    assert [done.account.account_id] == list(google.state.accounts)


def test_a_terms_page_that_does_not_load_leaves_the_request_waiting(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    script(google, "limit-no-callback")
    page = Person(google.base_url, AGENCY)
    address = page.terms_url(leave_for_terms(owner_browser, waiting))
    assert page.visit(address).location is None
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
    shown = owner_browser.get(waiting.get_absolute_url()).content.decode()
    assert "Something wrong at Google?" in shown


def test_a_backend_error_after_the_account_was_made_makes_no_second_one(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    script(google, "error-after-accept")
    answer_terms(owner_browser, waiting, google)
    assert fresh(waiting.pk).status == Status.WAITING_RETRY
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert [done.account.account_id] == list(google.state.accounts)
