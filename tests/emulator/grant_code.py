"""grant_type=authorization_code (contract §1.2)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

from aiohttp import web

from tests.emulator import faults, scenarios, tokens
from tests.emulator.errors import OAuthError
from tests.emulator.state import Client, Code, RefreshToken, State
from tests.emulator.token_answer import answer, refresh_part, require_active
from tests.emulator.world import about, hit, world_of

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
STALE = ("code-replay", "code-expired", "code-other-client")


def exchange(request: web.Request, client: Client, form: Mapping[str, str]) -> web.Response:
    """Redeem a code once, for the client, address and verifier it was made for."""
    world = world_of(request)
    code = find(request, world.state, client, form)
    check_redirect(request, code, form)
    check_verifier(request, code, form.get("code_verifier"))
    user = require_active(request, world.state.users.get(code.sub))
    code.used = True
    refresh = new_refresh_token(request, world.state, code)
    body = answer(request, client, user, code.scopes, refresh=refresh, nonce=code.nonce)
    code.issued_tokens.append(body["access_token"])
    if refresh is not None:
        code.issued_tokens.append(refresh.value)
        body |= refresh_part(request, world.state, refresh)
    return web.json_response(body)


def find(request: web.Request, state: State, client: Client, form: Mapping[str, str]) -> Code:
    """Find a code that this client may still redeem."""
    value = form.get("code")
    if not value:
        raise OAuthError("invalid_request", "Missing required parameter: code")
    code = state.codes.get(value)
    if code is None:
        malformed = not value.startswith("4/")
        raise OAuthError("invalid_grant", "Malformed auth code." if malformed else "Bad Request")
    if scenarios.first_hit(state, STALE, about(request)) is not None:
        raise OAuthError("invalid_grant")
    if code.used:
        punish_replay(state, code)
        raise OAuthError("invalid_grant")
    age = world_of(request).now() - code.issued_at
    if code.client_id != client.client_id or age > state.limits.code_ttl:
        raise OAuthError("invalid_grant")
    return code


def punish_replay(state: State, code: Code) -> None:
    """A code seen twice was stolen once: end what the first exchange issued (RFC 6749)."""
    if not state.limits.revoke_on_code_replay:
        return
    for value in code.issued_tokens:
        if value in state.refresh_tokens:
            moment = code.issued_at
            tokens.end_refresh(state.refresh_tokens[value], moment, "replayed code")
        else:
            state.access_tokens.pop(value, None)


def check_redirect(request: web.Request, code: Code, form: Mapping[str, str]) -> None:
    """The address must equal the one of the authorisation request."""
    differs = form.get("redirect_uri") != code.redirect_uri
    if differs or hit(request, "redirect-differs") is not None:
        raise OAuthError("redirect_uri_mismatch")


def check_verifier(request: web.Request, code: Code, verifier: str | None) -> None:
    """Verify PKCE, S256 or plain, when the request brought a challenge."""
    if hit(request, "pkce-missing") is not None or (code.challenge and not verifier):
        raise OAuthError("invalid_grant", "Missing code verifier.")
    wrong = code.challenge is not None and not proves(code, verifier or "")
    if wrong or hit(request, "pkce-wrong") is not None:
        raise OAuthError("invalid_grant", "Invalid code verifier.")


def proves(code: Code, verifier: str) -> bool:
    """Whether the verifier fits the challenge."""
    if not VERIFIER.fullmatch(verifier):
        return False
    if code.challenge_method == "plain":
        return verifier == code.challenge
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == code.challenge


def new_refresh_token(request: web.Request, state: State, code: Code) -> RefreshToken | None:
    """A refresh token comes only with offline access and only after a consent screen."""
    if not (code.offline and code.consent_shown):
        return None
    if hit(request, "no-refresh-token") is not None:
        return None
    seeded = hit(request, "rt-limit")
    limit = None if seeded is None else int(faults.number(seeded, "limit", 25))
    return tokens.mint_refresh(state, code.client_id, code.sub, code.scopes, limit)
