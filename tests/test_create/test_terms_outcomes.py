"""Each answer of Google's terms page reaches its own state and its own next action."""

from datetime import timedelta

import time_machine
from django.test import Client
from django.utils import timezone

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.attempt import TosOutcome
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    SHOP,
    answer_terms,
    connected,
    fresh,
    work,
)
from tests.scripting import script


def again(browser: Client, request: ProvisioningRequest) -> None:
    browser.post(f"{request.get_absolute_url()}again/")
    work()


def test_cancel_leads_to_declined_and_trying_again_to_a_new_ticket(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    answer_terms(owner_browser, waiting, google, "cancel")
    declined = fresh(waiting.pk)
    assert declined.status == Status.DECLINED
    assert "Try again" in owner_browser.get(waiting.get_absolute_url()).content.decode()

    again(owner_browser, waiting)
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
    with tenant_scope(waiting.tenant):
        tickets = list(waiting.tickets.order_by("created_at"))
    assert [ticket.status for ticket in tickets] == ["answered", "open"]
    answer_terms(owner_browser, waiting, google)
    work()
    assert fresh(waiting.pk).status == Status.COMPLETED


def test_the_account_limit_offers_another_google_account(
    owner_browser: Client, cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    other = connected(owner_browser, cast.tenant, google, SHOP)
    answer_terms(owner_browser, waiting, google, "limit")
    assert fresh(waiting.pk).status == Status.LIMIT_REACHED
    assert SHOP in owner_browser.get(waiting.get_absolute_url()).content.decode()

    owner_browser.post(f"{waiting.get_absolute_url()}use/", {"connection": str(other.pk)})
    work()
    answer_terms(owner_browser, waiting, google, email=SHOP)
    work()
    done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert done.connection == other


def test_a_backend_error_waits_and_then_gets_a_new_ticket_by_itself(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    answer_terms(owner_browser, waiting, google, "backend_error")
    retrying = fresh(waiting.pk)
    assert retrying.status == Status.WAITING_RETRY
    assert retrying.due_at is not None
    assert retrying.due_at > timezone.now()
    page = owner_browser.get(waiting.get_absolute_url()).content.decode()
    assert "backend_error" in page

    with time_machine.travel(retrying.due_at + timedelta(seconds=1)):
        work()
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
    with tenant_scope(waiting.tenant):
        results = list(waiting.attempts.order_by("number").values_list("result", flat=True))
    assert results == ["backend_error", "running"]


def test_a_person_may_retry_without_waiting(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    answer_terms(owner_browser, waiting, google, "backend_error")
    again(owner_browser, waiting)
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS


def test_a_return_without_account_id_is_verified_by_what_google_lists(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    script(google, "accept-no-accountid")
    answer_terms(owner_browser, waiting, google)
    work()
    assert fresh(waiting.pk).status == Status.COMPLETED


def test_an_account_that_google_lists_late_is_waited_for(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    script(google, "account-visible-late", seconds=60)
    answer_terms(owner_browser, waiting, google)
    work()
    verifying = fresh(waiting.pk)
    assert verifying.status == Status.VERIFYING
    assert verifying.problem == "Google does not list the new account yet."
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        work()
        assert fresh(waiting.pk).status == Status.COMPLETED


def test_an_accepted_request_is_not_started_again_through_another_account(
    owner_browser: Client, cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    other = connected(owner_browser, cast.tenant, google, SHOP)
    answer_terms(owner_browser, waiting, google)
    work()
    ProvisioningRequest._base_manager.filter(pk=waiting.pk).update(status=Status.FAILED)
    owner_browser.post(f"{waiting.get_absolute_url()}use/", {"connection": str(other.pk)})
    after = fresh(waiting.pk)
    assert after.status == Status.FAILED
    assert after.connection != other


def test_the_first_answer_counts_and_later_ones_are_kept_and_ignored(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    answer_terms(owner_browser, waiting, google)
    work()
    with tenant_scope(waiting.tenant):
        ticket = waiting.tickets.get()
    for query in ("error=user_cancel", "accountId=999", "error=user_cancel"):
        owner_browser.get(f"/google/terms/?accountTicketId={ticket.ticket_id}&{query}")
    assert fresh(waiting.pk).status == Status.COMPLETED
    with tenant_scope(waiting.tenant):
        counted = list(TosOutcome.objects.order_by("received_at").values_list("kind", "counted"))
        assert ProvisionedAccount.objects.count() == 1
    assert counted == [("accepted", True), ("user_cancel", False), ("accepted", False)]
