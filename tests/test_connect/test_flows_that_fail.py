"""A flow that does not connect: its own page, its own next step, nothing half-stored."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.tenancy.scope import across_tenants
from tests.cast import Cast, signed_in
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, SHOP, connect, connected, leave_to_connect, path_of
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.states import FLOW_PAGES, FlowOutcome
from tokens.google.errors import SENTENCES, ErrorKind


def ends_as(outcome: FlowOutcome, browser: Client, answer: Any, happened: str = "") -> str:
    """The flow ended as `outcome`, its page says so, and nothing was connected."""
    assert answer.status_code == 303
    with across_tenants():
        flow = OAuthFlow.objects.latest("created_at")
        assert flow.outcome == outcome
        assert flow.code_verifier is None
    assert answer["Location"] == flow.get_absolute_url()
    page = browser.get(answer["Location"])
    assert page.status_code == FLOW_PAGES[outcome].http_status
    text = page.content.decode().replace("&#x27;", "'")
    assert (happened or FLOW_PAGES[outcome].happened) in text
    assert FLOW_PAGES[outcome].next_step in text
    return text


def nothing_connected() -> bool:
    with across_tenants():
        return not GoogleConnection.objects.exists()


def test_denial_says_that_nothing_was_stored(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    ends_as(
        FlowOutcome.DENIED, owner_browser, connect(owner_browser, cast.tenant, google, deny=True)
    )
    assert nothing_connected()


def test_an_unticked_permission_is_named_in_words(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    script(google, "consent-partial")
    page = ends_as(FlowOutcome.PARTIAL, owner_browser, connect(owner_browser, cast.tenant, google))
    assert "Create and edit Google Analytics accounts" in page
    assert nothing_connected()


def test_a_permission_left_out_twice_is_not_asked_for_again(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    script(google, "consent-partial")
    first = connect(owner_browser, cast.tenant, google)
    leave = owner_browser.post(f"{first['Location']}again/")
    second = owner_browser.get(path_of(Person(google.base_url, AGENCY).consent(leave["Location"])))
    page = owner_browser.get(second["Location"]).content.decode()
    assert "Asking again will not help" in page
    assert "Grant again" not in page


def test_an_answer_without_refresh_token_connects_nothing(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    script(google, "no-refresh-token")
    ends_as(
        FlowOutcome.NO_REFRESH_TOKEN, owner_browser, connect(owner_browser, cast.tenant, google)
    )
    assert nothing_connected()


def test_an_answer_without_refresh_token_keeps_the_one_that_is_stored(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    before = connected(owner_browser, cast.tenant, google)
    script(google, "no-refresh-token")
    after = connected(owner_browser, cast.tenant, google)
    assert after.refresh_token == before.refresh_token
    assert after.access_token != before.access_token


@pytest.mark.parametrize(
    "scenario",
    ["wrong-iss", "wrong-aud", "wrong-nonce", "bad-signature", "future-iat", "callback-wrong-iss"],
)
def test_an_identity_that_is_not_proven_connects_nothing(
    owner_browser: Client, cast: Cast, google: EmulatorThread, scenario: str
) -> None:
    script(google, scenario)
    ends_as(FlowOutcome.UNTRUSTED, owner_browser, connect(owner_browser, cast.tenant, google))
    assert nothing_connected()


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [
        ("code-replay", FlowOutcome.REFUSED),
        ("code-expired", FlowOutcome.REFUSED),
        ("pkce-wrong", FlowOutcome.REFUSED),
        ("redirect-differs", FlowOutcome.MISCONFIGURED),
        ("client-secret-rotated", FlowOutcome.MISCONFIGURED),
        ("client-deleted", FlowOutcome.MISCONFIGURED),
    ],
)
def test_what_the_token_endpoint_refuses_is_told_apart(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    scenario: str,
    outcome: FlowOutcome,
) -> None:
    script(google, scenario)
    ends_as(outcome, owner_browser, connect(owner_browser, cast.tenant, google))
    assert nothing_connected()


@pytest.mark.parametrize(
    ("scenario", "params", "kind"),
    [
        ("token-503-html", {}, ErrorKind.UNAVAILABLE),
        ("token-502-html", {}, ErrorKind.UNAVAILABLE),
        ("internal_failure", {}, ErrorKind.UNAVAILABLE),
        ("token-429", {}, ErrorKind.RATE_LIMITED),
        ("token-timeout", {"seconds": 2}, ErrorKind.TIMEOUT),
        ("drop-before-status", {}, ErrorKind.NETWORK),
        ("reset-mid-body", {}, ErrorKind.NETWORK),
        ("stall-mid-body", {"seconds": 2}, ErrorKind.TOO_SLOW),
        ("slow-body", {"seconds": 20}, ErrorKind.TOO_SLOW),
        ("token-200-notjson", {}, ErrorKind.MALFORMED_ANSWER),
        ("oversized-body", {}, ErrorKind.MALFORMED_ANSWER),
        ("wrong-length", {"by": 20}, ErrorKind.NETWORK),
        ("wrong-length", {"by": -20}, ErrorKind.MALFORMED_ANSWER),
    ],
)
def test_no_answer_a_slow_one_and_nonsense_are_told_apart(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    settings: Settings,
    scenario: str,
    params: dict[str, Any],
    kind: ErrorKind,
) -> None:
    settings.GOOGLE_TIMEOUT = 0.5
    script(google, scenario, path="/token", **params)
    answer = connect(owner_browser, cast.tenant, google)
    ends_as(FlowOutcome.UNREACHABLE, owner_browser, answer, SENTENCES[kind])
    assert nothing_connected()
    assert google.call(lambda world: len(world.log.since(path="/token"))) == 1


def test_coming_back_after_ten_minutes_is_too_late(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    url = leave_to_connect(owner_browser, cast.tenant)
    back = Person(google.base_url, AGENCY).consent(url)
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=True):
        ends_as(FlowOutcome.EXPIRED, owner_browser, owner_browser.get(path_of(back)))
    assert nothing_connected()


def test_another_google_account_does_not_replace_the_one_to_be_reconnected(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    answer = owner_browser.post(f"/t/{cast.tenant.slug}/connections/{connection.pk}/reconnect/")
    back = Person(google.base_url, SHOP).consent(answer["Location"])
    page = ends_as(FlowOutcome.WRONG_ACCOUNT, owner_browser, owner_browser.get(path_of(back)))
    assert SHOP in page
    connection.refresh_from_db()
    assert connection.email == AGENCY


@pytest.mark.parametrize("who", ["teammate", "outsider", "nobody"])
def test_an_answer_in_another_browser_changes_nothing(
    owner_browser: Client, cast: Cast, google: EmulatorThread, who: str
) -> None:
    url = leave_to_connect(owner_browser, cast.tenant)
    back = path_of(Person(google.base_url, AGENCY).consent(url))
    browser = Client() if who == "nobody" else signed_in(getattr(cast, who))
    assert browser.get(back).status_code == 400
    assert nothing_connected()
    owner_browser.get(back)
    assert not nothing_connected()


def test_an_answer_in_another_session_of_the_same_person_changes_nothing(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    url = leave_to_connect(owner_browser, cast.tenant)
    back = path_of(Person(google.base_url, AGENCY).consent(url))
    assert signed_in(cast.owner).get(back).status_code == 400
    assert nothing_connected()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?code=4/0emu-forged",
        "?code=4/0emu-forged&state=",
        "?code=4/0emu-forged&state=forged",
        "?error=access_denied&state=forged",
        "?state=a&state=b&code=c",
        "?state=%00&code=c",
        "?code=" + "c" * 20_000 + "&state=s",
    ],
)
def test_a_forged_answer_is_refused_without_a_call_to_google(
    owner_browser: Client, cast: Cast, google: EmulatorThread, query: str
) -> None:
    answer = owner_browser.get(f"/google/callback/{query}")
    assert answer.status_code == 400
    assert nothing_connected()
    with across_tenants():
        assert not OAuthFlow.objects.exists()
