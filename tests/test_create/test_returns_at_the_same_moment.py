"""Returns of one request arrive in the same moment, from many tabs of one browser."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest
from django.db import connections
from django.test import Client

from accounts.tenancy.scope import across_tenants
from provisioning.requests.models.attempt import TosOutcome
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.states import Status
from tests.cast import make_cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import answered, connected, fresh, leave_for_terms, new_request, work
from tests.scripting import script

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20
STOPS = {
    "user_cancel": Status.DECLINED,
    "max_accounts_reached": Status.LIMIT_REACHED,
    "backend_error": Status.WAITING_RETRY,
}


class Walk:
    """A browser, and a request whose terms wait to be accepted in it."""

    def __init__(self, google: EmulatorThread) -> None:
        self.google = google
        cast = make_cast()
        self.browser = signed_in(cast.owner)
        connection = connected(self.browser, cast.tenant, google)
        self.request = new_request(self.browser, connection)
        work()

    def ticket(self) -> str:
        with across_tenants():
            newest = fresh(self.request.pk).current_ticket()
        assert newest is not None
        return f"/google/terms/?accountTicketId={newest.ticket_id}"

    def row(self) -> ProvisioningRequest:
        return fresh(self.request.pk)


@pytest.fixture
def walk(google: EmulatorThread) -> Walk:
    return Walk(google)


def all_at_once(browser: Client, addresses: Sequence[str]) -> set[int]:
    """Open every address at once, each in a tab of this browser; returns the answers' statuses."""
    gate = threading.Barrier(len(addresses))

    def open_in_a_tab(address: str) -> int:
        tab = Client()
        tab.cookies = browser.cookies
        try:
            gate.wait(timeout=30)
            return tab.get(address).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(addresses)) as pool:
        return set(pool.map(open_in_a_tab, addresses))


def kept() -> list[tuple[str, bool]]:
    with across_tenants():
        return list(TosOutcome.objects.order_by("-counted").values_list("kind", "counted"))


def moves_to(status: Status) -> int:
    with across_tenants():
        return StatusChange.objects.filter(new=status).count()


def test_one_of_twenty_acceptances_counts(walk: Walk) -> None:
    back = answered(walk.browser, walk.request, walk.google)
    assert all_at_once(walk.browser, [back] * MANY) == {HTTPStatus.SEE_OTHER}
    assert kept() == [("accepted", True)]
    assert moves_to(Status.VERIFYING) == 1
    work()
    assert walk.row().status == Status.COMPLETED
    assert walk.browser.get(back).status_code == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize("error", STOPS)
def test_one_of_twenty_errors_counts(walk: Walk, error: str) -> None:
    leave_for_terms(walk.browser, walk.request)
    back = f"{walk.ticket()}&error={error}"
    assert all_at_once(walk.browser, [back] * MANY) == {HTTPStatus.SEE_OTHER}
    assert kept() == [(error, True)]
    assert walk.row().status == STOPS[error]
    assert moves_to(STOPS[error]) == 1


def test_of_every_answer_at_once_the_first_counts_and_the_others_are_kept(walk: Walk) -> None:
    back = answered(walk.browser, walk.request, walk.google)
    ticket = walk.ticket()
    backs = [back, *(f"{ticket}&error={error}" for error in STOPS)] * (MANY // 4)
    assert all_at_once(walk.browser, backs) == {HTTPStatus.SEE_OTHER}
    assert [counted for _, counted in kept()].count(True) == 1
    assert len(kept()) == len(STOPS) + 1
    walk.browser.post(f"{walk.request.get_absolute_url()}check/")
    work()
    assert walk.row().status == Status.COMPLETED


def test_returns_of_two_tickets_of_one_request_are_both_answered(walk: Walk) -> None:
    script(walk.google, "account-visible-late", seconds=600)
    first = answered(walk.browser, walk.request, walk.google)
    walk.browser.post(f"{walk.request.get_absolute_url()}again/")
    work()
    leave_for_terms(walk.browser, walk.row())
    second = f"{walk.ticket()}&error=user_cancel"
    assert all_at_once(walk.browser, [first, second] * (MANY // 2)) == {HTTPStatus.SEE_OTHER}
    assert ("accepted", True) in kept()
