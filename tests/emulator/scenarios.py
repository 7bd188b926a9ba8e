"""The one table of scenarios, and the board on which they are switched on.

Source: contract §14. A scenario applies to everyone, or to one user, client or ticket,
for a number of times or until it is removed, and with the parameter ``path`` only to
addresses that begin so; the header ``X-Emu-Scenario`` (for instance
``token-500-once`` or ``latency?ms=50,rotate-rt``) applies it to one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.emulator.state import ActiveScenario, State

Params = Mapping[str, Any]
HEADER = "X-Emu-Scenario"

CONSENT = "Consent page"
TOKEN = "Token endpoint"
IDENTITY = "Identity token and callback"
TICKET = "Ticket and terms"
API = "Admin API"
WIRE = "Wire, on any Google path"

BY_GROUP: dict[str, dict[str, str]] = {
    CONSENT: {
        "consent-all": "Every requested scope is granted, whatever the person ticks.",
        "consent-partial": "One API scope stays ungranted (drop=<scope>, else the last one).",
        "consent-none": "Only the sign-in scopes are granted.",
        "deny": "Continue is answered like Cancel: error=access_denied.",
        "redirect-error": "Continue is answered with error=server_error (error=, description=).",
        "bad-redirect": "The redirect address counts as unregistered: page, no redirect.",
        "unknown-client": "The OAuth client counts as unknown: page 401, no redirect.",
        "org-internal": "The app is for its own organisation only: page 403, token 403.",
        "admin-policy": "An administrator has restricted the app: page 400, token 400.",
        "not-test-user": "The person is not a listed tester: page 403, no redirect.",
        "incremental": "include_granted_scopes=true is assumed.",
    },
    TOKEN: {
        "latency": "The token endpoint waits (ms=50) before it answers.",
        "code-replay": "The code counts as used already: invalid_grant, Bad Request.",
        "code-expired": "The code counts as too old: invalid_grant, Bad Request.",
        "code-other-client": "The code counts as another client's: invalid_grant.",
        "redirect-differs": "The exchange's address differs: redirect_uri_mismatch.",
        "pkce-missing": "The code verifier counts as missing: invalid_grant.",
        "pkce-wrong": "The code verifier counts as wrong: invalid_grant.",
        "scope-absent": "Answers name no scope: it is as asked for.",
        "token-type-mac": "Access tokens are of the type mac.",
        "refresh-fewer-scopes": "A refresh grants less (drop=<scope>, else the last API scope).",
        "no-refresh-token": "The exchange answers without a refresh token.",
        "rt-limit": "The refresh-token limit is limit=25; one more kills the oldest.",
        "rt-idle-6mo": "The refresh token died of six idle months.",
        "rt-testing-7d": "The refresh token died after seven days of Testing mode.",
        "rt-revoked-by-user": "The person removed the app; the refresh token is dead.",
        "rt-time-based": "Refresh tokens end after expires_in=3600 seconds and say so.",
        "rt-rapt": "Session control: invalid_grant with error_subtype invalid_rapt.",
        "account-deleted": "The Google account has been deleted: invalid_grant.",
        "account-disabled": "The Google account is suspended: invalid_grant.",
        "client-secret-rotated": "The client secret is no longer right: invalid_client 401.",
        "client-deleted": "The OAuth client was deleted: deleted_client 401.",
        "client-disabled": "The OAuth client was disabled: disabled_client 401.",
        "unauthorized-client": "The token is another client's: unauthorized_client 401.",
        "token-access-denied": "The token endpoint answers access_denied.",
        "token-500-once": "One answer 500 with a JSON body.",
        "token-503-html": "503 with an HTML body.",
        "token-502-html": "502 with an HTML body.",
        "token-429": "429 rate_limit_exceeded with Retry-After (retry_after=2).",
        "token-timeout": "No answer for seconds=30, then the connection closes.",
        "token-200-notjson": "200 with a body that is not JSON.",
        "internal_failure": "400 internal_failure, Backend Error; a transient fault.",
        "rotate-rt": "A refresh answers with a new refresh token; the old one dies.",
        "odd-token-answer": "Fields of the answer are what is given; null leaves one out.",
        "short-lived": "Access tokens live for expires_in=5 seconds.",
        "service-account-disabled": "The service account counts as disabled: disabled_client.",
        "revoke-needs-client": "Revocation asks for client credentials: invalid_client 401.",
        "revoke-refused": "Revocation answers 400 unsupported_token_type.",
        "revoke-delayed": "A revocation takes effect after seconds=60.",
    },
    IDENTITY: {
        "email-at-userinfo": "The identity token names no address; userinfo does.",
        "email-unverified": "The address is not verified.",
        "userinfo-other-account": "Userinfo speaks of another account.",
        "no-kid": "Identity tokens name no key.",
        "key-rotation": "A new key signs from now on (drop_old=1 withdraws the old one).",
        "wrong-iss": "The identity token names another issuer.",
        "wrong-aud": "The identity token names another audience.",
        "wrong-nonce": "The identity token carries another nonce.",
        "future-iat": "The identity token is from seconds=120 in the future.",
        "bad-signature": "The identity token is signed with a key nobody published.",
        "callback-wrong-iss": "The callback's iss parameter is wrong.",
        "callback-extra-params": "The callback carries parameters nobody has heard of.",
    },
    TICKET: {
        "ticket-503": "provisionAccountTicket answers 503 UNAVAILABLE.",
        "ticket-429": "provisionAccountTicket answers 429, Retry-After and RetryInfo.",
        "ticket-expired": "The ticket counts as expired on the terms page.",
        "ticket-used": "The ticket counts as used on the terms page.",
        "wrong-google-user": "The terms page takes the browser for another Google user.",
        "limit-reached": "Accepting answers error=max_accounts_reached.",
        "limit-no-callback": "The terms page does not load, as seen at the limit: no callback.",
        "user-cancel": "Accepting answers error=user_cancel.",
        "backend-error": "Accepting answers error=backend_error.",
        "error-after-accept": "Accepting works, but the return says error=backend_error.",
        "accept-no-accountid": "Accepting works, the return carries no accountId.",
        "account-visible-late": "The new account appears after seconds=30, or after listings=n.",
        "account-renamed": "The new account is called=Renamed at Google when it appears.",
        "answer-again": "A ticket that was answered with an error can be answered once more.",
        "callback-forged": "The return names an account that belongs to somebody else.",
        "callback-replay": "A used ticket redirects again with the same parameters.",
        "late-callback": "An expired ticket can still be accepted.",
    },
    API: {
        "api-401-once": "One 401; a refreshed token works.",
        "api-401-always": "Every API call answers 401.",
        "service-disabled": "403 SERVICE_DISABLED: the API is off in the project.",
        "v3-gone": "Every v3 call answers 403, as since Google switched v3 off.",
        "entity-403": "403: the caller may not see this entity.",
        "rate-limit-403": "403 rateLimitExceeded in the older form.",
        "rate-limit-429": "429 RESOURCE_EXHAUSTED with RetryInfo (retry_after=2, quota_limit).",
        "api-500": "500 INTERNAL.",
        "api-503": "503 UNAVAILABLE.",
        "property-503": "Creating a property answers 503; nothing is created.",
        "stream-503": "Creating a data stream answers 503; nothing is created.",
        "property-limit": "The account counts as full of properties.",
        "stream-limit": "The property counts as full of streams.",
        "write-applied-then-timeout": "A write happens, then no answer for seconds=30.",
        "key-propagation": "A new key of a service account works only after seconds=60.",
        "iam-key-limit": "The service account counts as having ten keys: 400, no detail.",
        "iam-org-policy": "The organisation forbids keys of service accounts: 400.",
    },
    WIRE: {
        "connection-reset": "The connection is reset.",
        "drop-before-status": "Nothing is done; the connection closes (ms=0) without a word.",
        "drop-after-write": "All is done; then the connection closes (ms=0) without a word.",
        "html-502": "502 with an HTML body.",
        "split-body": "The body comes in pieces of size=1369 bytes, ms=0.5 apart.",
        "slow-body": "The body comes evenly over seconds=30.",
        "stall-mid-body": "Half of the body, then nothing for seconds=30, then the end.",
        "reset-mid-body": "Half of the body, then the connection is reset.",
        "odd-body": "Nothing is done; the body is the JSON body=null, with status=200.",
        "oversized-body": "The body is filled up with blanks to bytes=1000000.",
        "wrong-length": "Content-Length is by=20 more than what comes; less when negative.",
    },
}
DESCRIPTIONS: dict[str, str] = {
    name: text for group in BY_GROUP.values() for name, text in group.items()
}


class UnknownScenario(ValueError):
    """Nobody has written this scenario; the message lists those that exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown scenario {name!r}; known: {', '.join(sorted(DESCRIPTIONS))}")


@dataclass(frozen=True)
class Circumstances:
    """Who and what a request is about, to find the scenarios that apply to it."""

    user: str | None = None
    client: str | None = None
    ticket: str | None = None
    path: str = ""
    header: Mapping[str, Params] = field(default_factory=dict)


def require_known(name: str) -> str:
    """Return the name, or raise :class:`UnknownScenario`."""
    if name not in DESCRIPTIONS:
        raise UnknownScenario(name)
    return name


def parse_header(value: str | None) -> dict[str, Params]:
    """Read ``name?key=value&key=value,name`` from the request header."""
    found: dict[str, Params] = {}
    for part in (value or "").split(","):
        name, _, query = part.strip().partition("?")
        if name:
            found[require_known(name)] = dict(parse_qsl(query))
    return found


def switch_on(state: State, scenario: ActiveScenario) -> None:
    """Add a scenario; one named ``…-once`` applies once unless told otherwise."""
    require_known(scenario.name)
    if scenario.times is None and scenario.name.endswith("-once"):
        scenario.times = 1
    state.scenarios.append(scenario)


def switch_off(state: State, name: str | None = None) -> None:
    """Remove every scenario, or those of one name."""
    state.scenarios[:] = [s for s in state.scenarios if name is not None and s.name != name]


def hit(state: State, name: str, about: Circumstances) -> Params | None:
    """Return the parameters when the scenario applies now, and use up one of its times."""
    if name in about.header:
        return about.header[name]
    for scenario in state.scenarios:
        if scenario.name == name and _matches(scenario, about):
            _use_up(state, scenario)
            return scenario.params
    return None


def first_hit(state: State, names: tuple[str, ...], about: Circumstances) -> str | None:
    """Return the first of several scenarios that applies."""
    return next((name for name in names if hit(state, name, about) is not None), None)


def _matches(scenario: ActiveScenario, about: Circumstances) -> bool:
    pairs = (
        (scenario.user, about.user),
        (scenario.client, about.client),
        (scenario.ticket, about.ticket),
    )
    here = about.path.startswith(str(scenario.params.get("path", "")))
    return here and all(wanted is None or wanted == actual for wanted, actual in pairs)


def _use_up(state: State, scenario: ActiveScenario) -> None:
    if scenario.times is None:
        return
    scenario.times -= 1
    if scenario.times <= 0:
        state.scenarios.remove(scenario)
