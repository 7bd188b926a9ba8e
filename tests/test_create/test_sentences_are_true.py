"""Whatever Google's terms page does: what the portal says of accounts is true at that moment."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import requests
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.tenancy.scope import across_tenants
from provisioning.analytics.backends import Backend
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast
from tests.emulator.person import Person, PersonBlocked
from tests.emulator.state import State
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, connected, fresh, leave_for_terms, new_request, path_of, work
from tests.scripting import script
from tests.test_create.known import known_to_the_portal, made_at_google
from tests.test_create.walk import PATIENCE

# What the page does, by what is scripted before and what the person presses.
OUTCOMES: dict[str, tuple[dict[str, dict[str, Any]], str]] = {
    "accepted": ({}, "accept"),
    "accepted, listed late": ({"account-visible-late": {"seconds": 1500}}, "accept"),
    "accepted, listed after a day": ({"account-visible-late": {"seconds": 90_000}}, "accept"),
    "accepted, no id": ({"accept-no-accountid": {}}, "accept"),
    "accepted, forged id": ({"callback-forged": {}}, "accept"),
    "accepted, renamed": ({"account-renamed": {}}, "accept"),
    "accepted, renamed and no id": ({"account-renamed": {}, "accept-no-accountid": {}}, "accept"),
    "accepted, but an error": ({"error-after-accept": {}}, "accept"),
    "accepted, but an error, listed late": (
        {"error-after-accept": {}, "account-visible-late": {"seconds": 1500}},
        "accept",
    ),
    "accepted, but an error, listed after a day": (
        {"error-after-accept": {}, "account-visible-late": {"seconds": 90_000}},
        "accept",
    ),
    "cancelled": ({}, "cancel"),
    "limit": ({}, "limit"),
    "an error": ({}, "backend_error"),
    "closed": ({}, "close"),
    "no page": ({"limit-no-callback": {}}, "accept"),
    "expired there": ({"ticket-expired": {}}, "accept"),
}
READ_EVERY = 6
# A sentence, and what has to hold of Google's state when a page says it.
CLAIMS: dict[str, Callable[[set[str], State], bool]] = {
    r"Nothing was created": lambda made, _: not made,
    r"(created|creates) nothing(?! twice)": lambda made, _: not made,
    r"nothing is lost": lambda made, _: not made,
    r"lists no new account": lambda made, state: not {one for one in made if listed(state, one)},
    r"account is ready|The account exists": lambda made, _: bool(made),
}


def listed(state: State, account_id: str) -> bool:
    """Whether Google lists it by now."""
    account = state.accounts[account_id]
    return account.visible_from <= timezone.now().timestamp() and not account.hidden_listings


def pages_of(browser: Client, request: ProvisioningRequest) -> str:
    """What a person reads of a request: its page and home, without what was said in the past."""
    page = browser.get(request.get_absolute_url()).content.decode()
    page = re.sub(r'<ol class="timeline">.*?</ol>', "", page, flags=re.DOTALL)
    home = browser.get(request.tenant.get_absolute_url()).content.decode()
    words = re.sub(r"<(script|style|title)\b.*?</\1>|<[^>]+>", " ", page + home, flags=re.DOTALL)
    return " ".join(unescape(words).split())


def answer(google: EmulatorThread, browser: Client, terms: str, given: str) -> None:
    try:
        back = Person(google.base_url, AGENCY).answer_terms(terms, given)
    except PersonBlocked:
        return
    if back is not None:
        browser.get(path_of(back))


def hold_true(browser: Client, google: EmulatorThread, request: ProvisioningRequest) -> None:
    """Every claim on the pages of `request` agrees with what Google holds."""
    said, made = pages_of(browser, request), made_at_google(google)
    unknown = made - known_to_the_portal().keys()
    for claim, holds in CLAIMS.items():
        if re.search(claim, said):
            assert holds(unknown if "new" in claim else made, google.state), (
                f"“{claim}” is said of {made} (unknown: {unknown}): {said}"
            )


@pytest.mark.slow
@pytest.mark.parametrize("backend", Backend)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_of_the_terms_is_told_truly(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    settings: Settings,
    backend: Backend,
    outcome: str,
    request: pytest.FixtureRequest,
) -> None:
    if backend is Backend.V3:
        request.getfixturevalue("legacy")
    legacy = "1" if backend is Backend.V3 else ""
    through = connected(owner_browser, cast.tenant, google, legacy=legacy)
    row = new_request(owner_browser, through)
    work()
    scripted, given = OUTCOMES[outcome]
    for name, params in scripted.items():
        script(google, name, times=1, **params)
    hold_true(owner_browser, google, row)
    answer(google, owner_browser, leave_for_terms(owner_browser, row), given)
    hold_true(owner_browser, google, row)
    clock = timezone.now()
    for turn, minutes in enumerate(PATIENCE):
        clock += timedelta(minutes=minutes)
        with time_machine.travel(clock):
            work()
            if turn % READ_EVERY == 0:
                hold_true(owner_browser, google, row)
    assert made_at_google(google) <= known_to_the_portal().keys()


@pytest.mark.parametrize("error", ["user_cancel", "max_accounts_reached"])
def test_what_google_says_untruly_is_told_as_its_word_and_mended_when_it_lists_otherwise(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest, error: str
) -> None:
    leave_for_terms(owner_browser, waiting)
    with across_tenants():
        ticket = waiting.tickets.get().ticket_id
    body = {"ticket": ticket, "answer": error, "seconds": 120}
    made = requests.post(f"{google.base_url}/_emu/api/accept", json=body, timeout=5).json()
    owner_browser.get(path_of(made["return"]))
    assert "Google says that nothing was created." in pages_of(owner_browser, waiting)
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        work()
        assert made["account"] in known_to_the_portal()
        assert "nothing was created" not in pages_of(owner_browser, fresh(waiting.pk))
