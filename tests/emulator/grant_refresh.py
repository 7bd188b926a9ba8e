"""grant_type=refresh_token (contract §1.2-1.3)."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from tests.emulator import scenarios, scopes, tokens
from tests.emulator.errors import OAuthError
from tests.emulator.state import Client, RefreshToken, State
from tests.emulator.token_answer import answer, refresh_part, require_active
from tests.emulator.world import about, hit, world_of

DEAD = "Token has been expired or revoked."
DEATHS = ("rt-idle-6mo", "rt-testing-7d", "rt-revoked-by-user")
REAUTH_HELP = "https://support.google.com/a/answer/9368756"


def refresh(request: web.Request, client: Client, form: Mapping[str, str]) -> web.Response:
    """Answer with a new access token, as long as the refresh token lives."""
    world = world_of(request)
    token = find(request, world.state, client, form.get("refresh_token"))
    user = require_active(request, world.state.users.get(token.sub))
    refuse_rapt(request)
    lessen(request, token)
    granted = narrowed(token, form.get("scope"))
    token.last_used = world.now()
    body = answer(request, client, user, granted, refresh=token)
    return web.json_response(body | rotated(request, world.state, token))


def find(request: web.Request, state: State, client: Client, value: str | None) -> RefreshToken:
    """Find a living refresh token of this client."""
    if not value:
        raise OAuthError("invalid_request", "Missing required parameter: refresh_token")
    token = state.refresh_tokens.get(value)
    if token is None:
        known_form = value.startswith("1//")
        raise OAuthError("invalid_grant", DEAD if known_form else "Bad Request")
    if token.client_id != client.client_id:
        raise OAuthError("unauthorized_client", "Unauthorized", 401)
    killed = scenarios.first_hit(state, DEATHS, about(request))
    if killed is not None:
        tokens.end_refresh(token, world_of(request).now(), killed)
    if tokens.cause_of_death(state, token) is not None:
        raise OAuthError("invalid_grant", DEAD)
    return token


def refuse_rapt(request: web.Request) -> None:
    """Workspace session control asks for a new sign-in."""
    if hit(request, "rt-rapt") is not None:
        extra = {"error_subtype": "invalid_rapt", "error_uri": REAUTH_HELP}
        raise OAuthError("invalid_grant", "reauth related error (invalid_rapt)", extra=extra)


def lessen(request: web.Request, token: RefreshToken) -> None:
    """Take a permission away, as somebody at Google or another server's policy does."""
    fewer = hit(request, "refresh-fewer-scopes")
    tickable = scopes.api_scopes(token.scopes)
    if fewer is not None and tickable:
        token.scopes = sorted(set(token.scopes) - {str(fewer.get("drop", tickable[-1]))})


def narrowed(token: RefreshToken, wanted: str | None) -> list[str]:
    """A refresh may ask for fewer scopes, never for one that was not granted."""
    if not wanted:
        return token.scopes
    asked = scopes.parse(wanted)
    if not asked <= set(token.scopes):
        raise OAuthError("invalid_scope")
    return sorted(asked)


def rotated(request: web.Request, state: State, token: RefreshToken) -> dict[str, object]:
    """Google does not rotate; the scenario does, and ends the old token."""
    if hit(request, "rotate-rt") is None:
        return {}
    successor = tokens.mint_refresh(state, token.client_id, token.sub, token.scopes)
    tokens.end_refresh(token, world_of(request).now(), "rotated")
    return refresh_part(request, state, successor)
