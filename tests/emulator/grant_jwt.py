"""grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer (contract §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
from aiohttp import web
from jwt import api_jws

from tests.emulator import scopes, service_accounts, tokens
from tests.emulator.errors import OAuthError
from tests.emulator.state import ServiceAccount, State
from tests.emulator.world import hit, note_parties, world_of

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = frozenset(
    {
        "https://oauth2.googleapis.com/token",
        "https://www.googleapis.com/oauth2/v4/token",
        "https://accounts.google.com/o/oauth2/token",
    }
)
LONGEST = 65 * 60
FUTURE = 5 * 60
SHORT_LIVED = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
    "timeframe. Check your iat and exp values in the JWT claim."
)
NOT_DELEGATED = (
    "Client is unauthorized to retrieve access tokens using this method, "
    "or client not authorized for any of the scopes requested."
)
BAD_SCOPE = "Invalid OAuth scope or ID token audience provided."


def note_issuer(request: web.Request, form: Mapping[str, str]) -> None:
    """Note whose assertion a request carries, so that scenarios find it."""
    state = world_of(request).state
    account = state.service_accounts.get(str(unverified(form).get("iss", "")))
    if account is not None:
        note_parties(request, state.users[account.sub], state.clients[account.sub])


def unverified(form: Mapping[str, str]) -> dict[str, Any]:
    """What an assertion claims; nothing when it is no JWT."""
    try:
        claims: dict[str, Any] = jwt.decode(
            form.get("assertion", ""), options={"verify_signature": False}
        )
    except jwt.PyJWTError:
        return {}
    return claims


def grant(request: web.Request, form: Mapping[str, str]) -> web.Response:
    """Answer an assertion with an access token; there is no refresh token and no scope."""
    world = world_of(request)
    claims = unverified(form)
    if not claims:
        raise OAuthError("invalid_request", "Bad Request")
    account = issuer(request, world.state, claims)
    check_signature(world.state, account, form["assertion"])
    check_times(claims, world.now())
    if claims.get("aud") not in AUDIENCES:
        raise OAuthError("invalid_grant", "Invalid JWT: Failed audience check.")
    if claims.get("sub") not in (None, account.email):
        raise OAuthError("unauthorized_client", NOT_DELEGATED, 401)
    granted = scopes_of(claims)
    lifetime = world.state.limits.access_token_ttl
    access = tokens.mint_access(world.state, account.sub, account.sub, granted, lifetime)
    body = {"access_token": access.value, "expires_in": lifetime, "token_type": "Bearer"}
    return web.json_response(body)


def issuer(request: web.Request, state: State, claims: Mapping[str, Any]) -> ServiceAccount:
    """The service account that asks."""
    account = state.service_accounts.get(str(claims.get("iss", "")))
    if account is None:
        raise OAuthError("invalid_grant", "Invalid grant: account not found")
    if account.disabled or hit(request, "service-account-disabled") is not None:
        raise OAuthError("disabled_client", "The OAuth client was disabled.", 401)
    return account


def check_signature(state: State, account: ServiceAccount, assertion: str) -> None:
    """One of the account's working keys must have signed it."""
    kid = str(jwt.get_unverified_header(assertion).get("kid", ""))
    for pem in service_accounts.verifying(state, account.email, kid):
        try:
            api_jws.decode(assertion, service_accounts.load_public(pem), algorithms=["RS256"])
        except jwt.PyJWTError:
            continue
        return
    raise OAuthError("invalid_grant", "Invalid JWT Signature.")


def check_times(claims: Mapping[str, Any], now: float) -> None:
    """An assertion lives an hour at most, and now."""
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or not isinstance(expires, int):
        raise OAuthError("invalid_grant", SHORT_LIVED)
    outside = issued > now + FUTURE or expires <= now
    if outside or expires <= issued or expires > issued + LONGEST:
        raise OAuthError("invalid_grant", SHORT_LIVED)


def scopes_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """The scopes asked for: a space-separated list of known ones."""
    wanted = scopes.parse(str(claims.get("scope", "")))
    if not wanted or scopes.unknown(wanted):
        raise OAuthError("invalid_scope", BAD_SCOPE)
    return wanted
