"""An authorisation request, checked as Google checks it (contract §1.1).

Every fault found here is shown to the person as a page and never redirected: a redirect
to an address that has not been checked would hand the answer to a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from tests.emulator import scopes
from tests.emulator.errors import PageError
from tests.emulator.state import Client, State, User
from tests.emulator.world import hit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PROMPTS = frozenset({"none", "consent", "select_account"})


@dataclass(frozen=True)
class AuthorizeRequest:
    """What a client asks of a person."""

    client: Client
    redirect_uri: str
    scopes: frozenset[str]
    state: str | None
    offline: bool
    prompt: frozenset[str]
    login_hint: str | None
    hd: str | None
    include_granted: bool
    nonce: str | None
    challenge: str | None
    challenge_method: str


def read(state: State, query: Mapping[str, str]) -> AuthorizeRequest:
    """Check the parameters in Google's order and return the request."""
    client = known_client(state, query.get("client_id"))
    redirect_uri = registered_uri(client, query.get("redirect_uri"))
    check_response_type(query.get("response_type"))
    method = query.get("code_challenge_method", "plain")
    if method not in ("plain", "S256"):
        raise PageError("invalid_request", f"code_challenge_method {method} is not supported.")
    return AuthorizeRequest(
        client=client,
        redirect_uri=redirect_uri,
        scopes=known_scopes(query.get("scope")),
        state=query.get("state"),
        offline=query.get("access_type") == "offline",
        prompt=known_prompt(query.get("prompt", "")),
        login_hint=query.get("login_hint"),
        hd=query.get("hd"),
        include_granted=query.get("include_granted_scopes") == "true",
        nonce=query.get("nonce"),
        challenge=query.get("code_challenge"),
        challenge_method=method,
    )


def known_client(state: State, client_id: str | None) -> Client:
    """Find the client, or say which kind of unknown it is."""
    if not client_id:
        raise PageError("invalid_request", "Missing required parameter: client_id")
    client = state.clients.get(client_id)
    if client is None:
        raise PageError("invalid_client", "The OAuth client was not found.", 401)
    if client.status == "deleted":
        raise PageError("deleted_client", "The OAuth client was deleted.", 401)
    if client.status == "disabled":
        raise PageError("disabled_client", "The OAuth client was disabled.", 401)
    return client


def registered_uri(client: Client, uri: str | None) -> str:
    """The redirect address must equal a registered one, character by character.

    An installed app registers none: it may come back to any port of the machine that the
    browser runs on (RFC 8252 §7.3).
    """
    if not uri:
        raise PageError("invalid_request", "Missing required parameter: redirect_uri")
    fits = is_loopback(uri) if client.kind == "installed" else uri in client.redirect_uris
    if not fits:
        text = f"The redirect address {uri} is not registered for {client.name}."
        raise PageError("redirect_uri_mismatch", text)
    return uri


def is_loopback(uri: str) -> bool:
    """Whether it is plain HTTP to the browser's own machine, on whichever port."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    here = parts.scheme == "http" and parts.hostname in LOOPBACK
    return here and port != 0 and not (parts.username or parts.password or parts.fragment)


def check_response_type(value: str | None) -> None:
    """Only the code flow is served."""
    if not value:
        raise PageError("invalid_request", "Missing required parameter: response_type")
    if value != "code":
        raise PageError("unsupported_response_type", f"Invalid response_type: {value}")


def known_scopes(text: str | None) -> frozenset[str]:
    """Refuse scopes that do not exist."""
    wanted = scopes.parse(text or "")
    if not wanted:
        raise PageError("invalid_request", "Missing required parameter: scope")
    odd = scopes.unknown(wanted)
    if odd:
        raise PageError("invalid_scope", f"Some requested scopes were invalid: {', '.join(odd)}")
    return wanted


def known_prompt(text: str) -> frozenset[str]:
    """Read the prompt list; ``none`` must stand alone."""
    prompt = frozenset(text.split())
    if prompt - PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise PageError("invalid_request", f"Invalid prompt: {text}")
    return prompt


def refuse_by_scenario(request: web.Request) -> None:
    """Answer with the error page of a scenario that is switched on."""
    if hit(request, "unknown-client") is not None:
        raise PageError("invalid_client", "The OAuth client was not found.", 401)
    if hit(request, "bad-redirect") is not None:
        raise PageError("redirect_uri_mismatch", "The redirect address is not registered.")


def refuse_user(request: web.Request, client: Client, user: User) -> None:
    """Refuse a person the client is not for (organisation, policy, test users)."""
    outside = client.internal_domain is not None and user.hd != client.internal_domain
    if outside or hit(request, "org-internal") is not None:
        raise PageError("org_internal", f"{client.name} is for its own organisation only.", 403)
    if hit(request, "admin-policy") is not None:
        raise PageError("admin_policy_enforced", "An administrator has restricted this app.")
    if not is_tester(client, user) or hit(request, "not-test-user") is not None:
        raise PageError("access_denied", f"{client.name} is being tested by invited people.", 403)


def is_tester(client: Client, user: User) -> bool:
    """In Testing mode only listed people may enter; without a list everyone is listed."""
    if client.mode != "testing" or client.test_users is None:
        return True
    return user.email in client.test_users
