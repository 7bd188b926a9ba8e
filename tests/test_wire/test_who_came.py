"""Whoever Google says has come, at both doors: known and kept, or turned away in words."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from tests.cast import Cast
from tests.emulator import idtoken
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, connect, path_of
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.states import FlowOutcome

REFUSED = "Sign-in with Google failed"
# What no account of anybody's is called, and what no token may say.
NOBODY: list[dict[str, Any]] = [
    *({"sub": "1\0"}, {"sub": "x" * 256}, {"sub": 12}, {"sub": ""}, {"sub": "ü"}),
    *({"exp": 1e999}, {"exp": "soon"}, {"exp": []}, {"iat": 1e999}, {"nbf": 1e999}),
    *({"aud": "x\0"}, {"iss": "x\0y"}, {"azp": "x\0"}, {"azp": "another"}, {"azp": ["x"]}),
]
# What may be said of somebody, and the address that is kept.
SOMEBODY: list[tuple[dict[str, Any], str, bool]] = [
    ({"name": "a\0b"}, AGENCY, True),
    ({"name": "\ud800"}, AGENCY, True),
    ({"name": ["x"]}, AGENCY, True),
    ({"name": "x" * 5000}, AGENCY, True),
    ({"given_name": "x\0", "family_name": "y"}, AGENCY, True),
    ({"email": "Agency@GMail.example"}, AGENCY, True),
    ({"email": "agency@gmail.example\u202c"}, AGENCY, True),
    ({"email": "chef@faß.example"}, "chef@xn--fa-hia.example", True),
    ({"email": "ä@gmail.example"}, "ä@gmail.example", False),
    ({"email": "a\u202eb@gmail.example"}, "ab@gmail.example", False),
    ({"email": "not an address"}, "not an address", False),
    ({"email": "x" * 300 + "@x.example"}, "x" * 254, False),
    ({"email_verified": "false"}, AGENCY, False),
    ({"email_verified": "true"}, AGENCY, True),
    ({"email_verified": 1}, AGENCY, False),
]
# What the token endpoint may answer.
BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("odd-token-answer", {"access_token": "ya\0"}),
    ("odd-token-answer", {"access_token": None}),
    ("odd-token-answer", {"access_token": 5}),
    ("odd-body", {"path": "/token", "body": [[]]}),
    ("odd-body", {"path": "/token", "body": None}),
    ("odd-body", {"path": "/token", "body": {"error": "x\0"}, "status": 400}),
    *((name, {}) for name in ("token-503-html", "token-429", "token-200-notjson")),
    *((name, {}) for name in ("token-type-mac", "wrong-iss", "wrong-aud", "future-iat")),
    *((name, {}) for name in ("bad-signature", "internal_failure", "token-500-once")),
]
Said = Callable[[dict[str, Any]], None]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """Have Google say other things of whoever comes."""
    honest = idtoken.claims

    def say(other: dict[str, Any]) -> None:
        monkeypatch.setattr(idtoken, "claims", lambda *all_of: {**honest(*all_of), **other})

    return say


def sign_in(google: EmulatorThread, scenario: str = "", **params: Any) -> Any:
    """Come back from signing in with Google, which answers so; returns the page that follows."""
    browser = Client()
    leave = browser.post(reverse("google_login"))
    back = Person(google.base_url, AGENCY).consent(leave["Location"])
    if scenario:
        script(google, scenario, **params)
    return browser.get(path_of(back))


@pytest.mark.parametrize("other", NOBODY, ids=ascii)
def test_whoever_is_not_proven_is_turned_away_at_both_doors(
    owner_browser: Client, cast: Cast, google: EmulatorThread, said: Said, other: dict[str, Any]
) -> None:
    said(other)
    before = User.objects.count()
    assert REFUSED in sign_in(google).content.decode()
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)
    page = owner_browser.get(connect(owner_browser, cast.tenant, google)["Location"])
    assert page.status_code == 400
    with across_tenants():
        assert not GoogleConnection.objects.exists()
        assert OAuthFlow.objects.get().outcome == FlowOutcome.UNTRUSTED


@pytest.mark.parametrize(("other", "kept", "verified"), SOMEBODY, ids=ascii)
def test_whoever_is_proven_is_kept_as_everywhere(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    said: Said,
    other: dict[str, Any],
    kept: str,
    verified: bool,
) -> None:
    said(other)
    answer = sign_in(google)
    # Who brings no address that mail can be sent to is asked for one.
    signed_up = User.objects.filter(email=kept).exists()
    assert signed_up or answer["Location"] == reverse("socialaccount_signup")
    assert signed_up or not verified
    page = owner_browser.get(connect(owner_browser, cast.tenant, google)["Location"])
    assert page.status_code == 200
    with across_tenants():
        row = GoogleConnection.objects.get()
    assert (row.email, row.email_verified) == (kept, verified)


@pytest.mark.parametrize("expires_in", [10**15, "soon", [], {}, -1, math.inf, None], ids=repr)
def test_no_number_keeps_anybody_from_signing_in(
    db: None, google: EmulatorThread, expires_in: Any
) -> None:
    script(google, "odd-token-answer", expires_in=expires_in)
    assert sign_in(google).status_code == 302
    assert SocialAccount.objects.get().user.email == AGENCY


@pytest.mark.parametrize(("scenario", "params"), BROKEN, ids=ascii)
def test_an_answer_that_is_none_signs_nobody_in(
    db: None, google: EmulatorThread, scenario: str, params: dict[str, Any]
) -> None:
    script(google, scenario, **params)
    assert REFUSED in sign_in(google).content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("scenario", ["slow-body", "stall-mid-body", "oversized-body"])
def test_signing_in_waits_no_longer_and_reads_no_more_than_connecting(
    db: None, google: EmulatorThread, settings: Settings, scenario: str
) -> None:
    settings.GOOGLE_TIMEOUT = 1
    assert REFUSED in sign_in(google, scenario).content.decode()


@pytest.mark.parametrize("scenario", ["scope-absent", "no-kid", "email-at-userinfo", "split-body"])
@pytest.mark.record_is_lost("of a sign-in no tenant is known, so userinfo is not recorded")
def test_what_the_standard_allows_signs_in(db: None, google: EmulatorThread, scenario: str) -> None:
    script(google, scenario)
    assert sign_in(google).status_code == 302
    assert SocialAccount.objects.get().user.email == AGENCY


def test_the_door_for_tokens_of_others_is_closed(db: None, google: EmulatorThread) -> None:
    browser = Client()
    browser.cookies["g_csrf_token"] = "same"
    typed = {"g_csrf_token": "same", "credential": "x.y.z"}
    assert browser.post("/accounts/google/login/token/", typed).status_code == 404
    assert google.call(lambda world: list(world.log.entries)) == []
