"""Find the access token of an API call (contract §10, the two 401s)."""

from __future__ import annotations

from aiohttp import web

from tests.emulator import errors, tokens
from tests.emulator.state import AccessToken
from tests.emulator.world import note_parties, world_of


def bearer_value(request: web.Request) -> str | None:
    """The token as sent, in the header or in the query."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    return request.query.get("access_token")


def note_owner(request: web.Request) -> None:
    """Note whose token a request carries, living or not, so that scenarios find their user."""
    state = world_of(request).state
    known = state.access_tokens.get(bearer_value(request) or "")
    if known is not None:
        note_parties(request, state.users.get(known.sub), state.clients.get(known.client_id))


def require_token(request: web.Request) -> AccessToken:
    """Return a living token, or answer one of the two 401s."""
    value = bearer_value(request)
    if value is None:
        raise errors.missing_credentials()
    token = tokens.living_access(world_of(request).state, value)
    if token is None:
        raise errors.invalid_credentials()
    return token
