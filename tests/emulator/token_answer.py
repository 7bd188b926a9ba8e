"""The successful answer of the token endpoint, shared by all grants."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.emulator import faults, idtoken, scopes, tokens
from tests.emulator.errors import OAuthError
from tests.emulator.state import Client, RefreshToken, State, User
from tests.emulator.world import hit, world_of


def answer(
    request: web.Request,
    client: Client,
    user: User,
    granted: list[str],
    *,
    refresh: RefreshToken | None,
    nonce: str | None = None,
) -> dict[str, Any]:
    """Mint an access token, and an id token when ``openid`` was granted."""
    state = world_of(request).state
    lifetime = state.limits.access_token_ttl
    short = hit(request, "short-lived")
    if short is not None:
        lifetime = int(faults.number(short, "expires_in", 5))
    refresh_value = refresh.value if refresh else None
    access = tokens.mint_access(state, client.client_id, user.sub, granted, lifetime, refresh_value)
    body: dict[str, Any] = {
        "access_token": access.value,
        "expires_in": lifetime,
        "scope": scopes.join(granted),
        "token_type": "Bearer" if hit(request, "token-type-mac") is None else "mac",
    }
    if hit(request, "scope-absent") is not None:
        del body["scope"]
    odd = hit(request, "odd-token-answer")
    if odd is not None:
        body |= {name: value for name, value in odd.items() if name != "path"}
        body = {name: value for name, value in body.items() if value is not None}
    if "openid" in granted:
        body["id_token"] = id_token(request, client, user, access.value, granted, nonce)
    return body


def id_token(
    request: web.Request,
    client: Client,
    user: User,
    access_token: str,
    granted: list[str],
    nonce: str | None,
) -> str:
    """Sign an id token, honest unless a scenario says otherwise."""
    state = world_of(request).state
    rotation = hit(request, "key-rotation")
    if rotation is not None:
        idtoken.rotate(state, drop_old=bool(int(rotation.get("drop_old", 0))))
    claims = idtoken.claims(state, client, user, access_token, granted, nonce)
    spoil(request, claims)
    forged = hit(request, "bad-signature") is not None
    return idtoken.sign(state, claims, forged=forged, named=hit(request, "no-kid") is None)


def spoil(request: web.Request, claims: dict[str, Any]) -> None:
    """Falsify claims as scenarios ask."""
    if hit(request, "wrong-iss") is not None:
        claims["iss"] = "https://issuer.example"
    if hit(request, "wrong-aud") is not None:
        claims["aud"] = "somebody-else.apps.googleusercontent.com"
    if hit(request, "wrong-nonce") is not None:
        claims["nonce"] = "another-nonce"
    if hit(request, "email-at-userinfo") is not None:
        claims.pop("email", None)
        claims.pop("email_verified", None)
    if hit(request, "email-unverified") is not None and "email" in claims:
        claims["email_verified"] = False
    future = hit(request, "future-iat")
    if future is not None:
        shift = int(faults.number(future, "seconds", 120))
        claims["iat"] += shift
        claims["exp"] += shift


def refresh_part(request: web.Request, state: State, token: RefreshToken) -> dict[str, Any]:
    """The fields that announce a refresh token, with its end when that is known."""
    body: dict[str, Any] = {"refresh_token": token.value}
    timed = hit(request, "rt-time-based")
    lifetime = tokens.testing_lifetime(state, token)
    if timed is not None:
        lifetime = int(faults.number(timed, "expires_in", 3600))
        tokens.end_refresh(token, token.issued_at + lifetime, "time")
    if lifetime is not None:
        body["refresh_token_expires_in"] = lifetime
    return body


def require_active(request: web.Request, user: User | None) -> User:
    """Refuse a Google account that is gone or suspended."""
    if user is None or user.status == "deleted" or hit(request, "account-deleted") is not None:
        raise OAuthError("invalid_grant", "Account has been deleted")
    if user.status == "disabled" or hit(request, "account-disabled") is not None:
        raise OAuthError("invalid_grant", "Account disabled")
    return user
