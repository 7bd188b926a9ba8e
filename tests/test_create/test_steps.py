"""The stepper tells what happens: each state at its step, and a failed one where it failed."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from provisioning.requests.models.defaults import Flow
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import TRANSITIONS, FailureReason, Status
from provisioning.requests.steps import (
    Step,
    StepState,
    begins_with_google,
    has_stopped,
    shown,
    where_it_is,
)
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    answer_terms,
    answered,
    connect,
    fresh,
    given_up,
    new_request,
    submit_details,
    work,
)
from tests.rows import connection_row, request_row
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection

S = Status
TO_TERMS = (S.QUEUED, S.REQUESTING, S.AWAITING_TERMS)
BACK = (*TO_TERMS, S.VERIFYING)


@pytest.mark.parametrize(
    ("history", "accepted", "step"),
    [
        ((S.DRAFT,), False, Step.DETAILS),
        ((S.AUTHORIZING,), False, Step.CONNECT),
        ((S.QUEUED,), False, Step.PREPARE),
        ((S.QUEUED, S.REQUESTING), False, Step.PREPARE),
        (TO_TERMS, False, Step.TERMS),
        ((*TO_TERMS, S.DECLINED), False, Step.TERMS),
        ((S.QUEUED, S.REQUESTING, S.WAITING_RETRY), False, Step.PREPARE),
        ((*TO_TERMS, S.WAITING_RETRY), False, Step.TERMS),
        ((*TO_TERMS, S.WAITING_RETRY, S.QUEUED), False, Step.PREPARE),
        ((S.QUEUED, S.REQUESTING, S.LIMIT_REACHED), False, Step.PREPARE),
        ((*TO_TERMS, S.LIMIT_REACHED), False, Step.TERMS),
        ((S.QUEUED, S.REQUESTING, S.NEEDS_RECONNECT), False, Step.PREPARE),
        ((*TO_TERMS, S.NEEDS_RECONNECT), False, Step.TERMS),
        ((*BACK, S.NEEDS_RECONNECT), True, Step.SET_UP),
        ((*BACK, S.CONFIGURING, S.NEEDS_RECONNECT), True, Step.SET_UP),
        # Whoever looks because nobody came back has not seen the terms accepted.
        (BACK, False, Step.TERMS),
        (BACK, True, Step.SET_UP),
        ((*BACK, S.EXPIRED), False, Step.TERMS),
        ((*BACK, S.FAILED), True, Step.SET_UP),
        ((S.QUEUED, S.REQUESTING, S.FAILED), False, Step.PREPARE),
        ((*BACK, S.CONFIGURING, S.FAILED), True, Step.SET_UP),
        # Whoever changes the details after a stop prepares anew.
        ((*TO_TERMS, S.DECLINED, S.QUEUED), False, Step.PREPARE),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_each_history_stands_at_its_step(
    history: tuple[Status, ...], accepted: bool, step: Step
) -> None:
    assert where_it_is(history, accepted=accepted) is step


def test_every_state_that_can_be_shown_has_a_step_whatever_came_before() -> None:
    for old, news in TRANSITIONS.items():
        for new in news - {S.CANCELLED, S.COMPLETED}:
            assert where_it_is([old, new], accepted=False) in Step
    for status in set(S) - {S.CANCELLED, S.COMPLETED}:
        assert where_it_is([status], accepted=False) in Step


def test_an_account_to_choose_is_no_longer_about_the_terms() -> None:
    history = (*BACK, S.FAILED)
    assert where_it_is(history, accepted=False, failure=FailureReason.AMBIGUOUS) is Step.SET_UP


def test_the_steps_before_are_done_and_those_behind_are_not() -> None:
    states = [step.state for step in shown(Step.PREPARE, stopped=True)]
    done, stopped, todo = StepState.DONE, StepState.STOPPED, StepState.TODO
    assert states == [done, done, stopped, todo, todo]
    assert {step.state for step in shown(None)} == {done}


def test_who_connects_first_sees_that_step_first() -> None:
    names = [step.name for step in shown(Step.DETAILS, google_first=True)]
    assert names == ["Connect Google", "Details", "Prepare", "Accept terms", "Set up"]
    assert begins_with_google((S.DRAFT, S.QUEUED))
    assert not begins_with_google((S.DRAFT, S.AUTHORIZING, S.QUEUED))
    assert not begins_with_google((S.AUTHORIZING, S.QUEUED))


def steps_of(browser: Client, request: ProvisioningRequest) -> str:
    """What the page says in words of where the request stands."""
    page = browser.get(request.get_absolute_url()).content.decode()
    found = re.search(r'<p class="steps-text">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_a_request_on_its_way_is_told_step_by_step(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    answer = submit_details(owner_browser, cast.tenant, connection="new")
    request = fresh(answer["Location"].rstrip("/").rpartition("/")[2])
    assert steps_of(owner_browser, request) == "Step 2 of 5: Connect Google"
    connect(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, GoogleConnection._base_manager.get())
    assert steps_of(owner_browser, request) == "Step 3 of 5: Prepare"
    work()
    assert steps_of(owner_browser, request) == "Step 4 of 5: Accept terms"
    back = answered(owner_browser, request, google)
    owner_browser.get(back)
    assert steps_of(owner_browser, request) == "Step 5 of 5: Set up"
    work()
    assert steps_of(owner_browser, request) == "All 5 steps are done"


@pytest.mark.parametrize("scenario", ["ticket-429", "ticket-503"])
def test_what_google_refuses_while_preparing_stays_there(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection, scenario: str
) -> None:
    script(google, scenario)
    request = new_request(owner_browser, connection)
    work()
    assert steps_of(owner_browser, request) == "Step 3 of 5: Prepare Retry scheduled"


def test_backend_error_stays_with_the_terms(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    script(google, "backend-error")
    answer_terms(owner_browser, waiting, google)
    assert steps_of(owner_browser, waiting) == "Step 4 of 5: Accept terms Retry scheduled"


def test_a_lost_connection_takes_nothing_back(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    back = answered(owner_browser, waiting, google)
    script(google, "api-401-always")
    owner_browser.get(back)
    work()
    assert fresh(waiting.pk).status == Status.NEEDS_RECONNECT
    assert steps_of(owner_browser, waiting) == "Step 5 of 5: Set up Needs reconnect"


def test_a_set_up_that_is_given_up_stays_there(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    back = answered(owner_browser, waiting, google)
    owner_browser.get(back)
    given_up(waiting, google, "property-503")
    assert steps_of(owner_browser, waiting) == "Step 5 of 5: Set up Set-up unfinished"


def test_a_request_without_a_history_has_a_step_too(owner_browser: Client, cast: Cast) -> None:
    row = request_row(connection_row(cast.tenant), Status.NEEDS_RECONNECT)
    assert steps_of(owner_browser, row).startswith("Step 2 of 5: Connect Google")


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        (Flow.BEFORE, "Step 1 of 5: Details"),
        (Flow.PREFILLED, "Step 1 of 5: Details"),
        (Flow.AFTER, "Step 1 of 5: Connect Google"),
    ],
)
def test_the_forms_say_their_step(owner_browser: Client, cast: Cast, flow: str, said: str) -> None:
    page = owner_browser.get(reverse("request-new", args=[cast.tenant.slug]), {"flow": flow})
    assert said in page.content.decode()


def test_details_after_connecting_are_the_second_step(
    owner_browser: Client, cast: Cast, connection: GoogleConnection
) -> None:
    start = reverse("request-start", args=[cast.tenant.slug])
    answer = owner_browser.post(start, {"connection": str(connection.pk)}, follow=True)
    assert "Step 2 of 5: Details" in answer.content.decode()


def test_only_what_failed_or_waits_is_marked() -> None:
    marked = {status for status in Status if has_stopped(status)}
    assert marked == {
        S.WAITING_RETRY,
        S.DECLINED,
        S.LIMIT_REACHED,
        S.EXPIRED,
        S.NEEDS_RECONNECT,
        S.FAILED,
    }
