"""Clock and Google for tests of accounts that are found late."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.test import Client
from django.utils import timezone

from accounts.tenancy.scope import across_tenants, tenant_scope
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import WORKED
from tests.emulator.person import Person
from tests.emulator.seed import add_accounts
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, fresh, leave_for_terms, path_of, work
from tests.scripting import script


class Clock:
    """Time that passes only when it is told to, a worker doing meanwhile what is due."""

    def __init__(self) -> None:
        self.now = timezone.now()

    @contextmanager
    def here(self) -> Iterator[None]:
        with time_machine.travel(self.now, tick=False):
            yield

    def wait(self, **time: float) -> None:
        """Let so much time pass, and work at every moment that something is due at."""
        end = self.now + timedelta(**time)
        while (moment := self._next()) is not None and moment < end:
            self.now = max(self.now, moment) + timedelta(seconds=1)
            with self.here():
                work()
        self.now = max(self.now, end)

    @staticmethod
    def _next() -> datetime | None:
        with across_tenants():
            steps = ProvisioningRequest.objects.filter(status__in=WORKED, due_at__isnull=False)
            looks = AccountTicket.objects.filter(look_at__isnull=False)
            moments = [
                *steps.values_list("due_at", flat=True),
                *looks.values_list("look_at", flat=True),
            ]
        return min((moment for moment in moments if moment), default=None)


def listed_late(google: EmulatorThread, seconds: int, *, fails: bool = True) -> None:
    """The next account is listed so much later, and the return says backend_error."""
    script(google, "account-visible-late", times=1, seconds=seconds)
    if fails:
        script(google, "error-after-accept", times=1)


def made_by_hand(google: EmulatorThread, name: str, many: int = 1) -> None:
    """The person makes accounts in Google Analytics itself."""

    def make(world: Any) -> None:
        for account in add_accounts(world.state, world.state.user_by_email(AGENCY).sub, many):
            account.display_name = name

    google.call(make)


def accept(google: EmulatorThread, terms: str, email: str = AGENCY, answer: str = "accept") -> str:
    """Answer the terms of an address; returns where Google sends the browser back to."""
    return path_of(str(Person(google.base_url, email).answer_terms(terms, answer)))


def accept_and_return(
    browser: Client, request: ProvisioningRequest, google: EmulatorThread, email: str = AGENCY
) -> str:
    """Accept the terms of the request and come back; returns the address that was opened."""
    back = accept(google, leave_for_terms(browser, request), email)
    browser.get(back)
    return back


def besides(request: ProvisioningRequest) -> list[str]:
    """The accounts that the portal names besides the request's own."""
    with tenant_scope(request.tenant):
        return sorted(request.extras.values_list("account_id", flat=True))


def press(browser: Client, request: ProvisioningRequest, action: str, **data: str) -> str:
    """Send one of the forms of the request's page; returns the page that follows."""
    answer = browser.post(f"{request.get_absolute_url()}{action}/", data, follow=True)
    return str(answer.content.decode())


def page_of(browser: Client, request: ProvisioningRequest) -> str:
    """The page of the request."""
    return str(browser.get(fresh(request.pk).get_absolute_url()).content.decode())
