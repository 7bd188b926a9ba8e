"""Revocation, token and user information, published keys, discovery (contract §1.4-1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
from aiohttp import web

from tests.emulator import errors, faults, idtoken, oauth_client, scopes, tokens
from tests.emulator.bearer import require_token
from tests.emulator.errors import OAuthError
from tests.emulator.state import AccessToken, State, User
from tests.emulator.world import hit, note_parties, world_of

CLAIMS = ["aud", "email", "email_verified", "exp", "given_name", "iat", "iss", "name", "sub"]
PICTURE = "https://images.example/nobody.png"
CACHE = {"Cache-Control": "public, max-age=3600, must-revalidate, no-transform"}


async def parameters(request: web.Request) -> Mapping[str, str]:
    """Form and query parameters together."""
    form = await request.post() if request.method == "POST" else {}
    return {**dict(request.query), **{key: str(value) for key, value in form.items()}}


async def revoke(request: web.Request) -> web.Response:
    """Take back all a user granted to the token's whole project."""
    world = world_of(request)
    form = await parameters(request)
    value = form.get("token", "")
    if not value:
        raise OAuthError("invalid_request", "Missing required parameter: token")
    token = tokens.living_access(world.state, value) or living_refresh(world.state, value)
    if token is None:
        raise OAuthError("invalid_token", "Token expired or revoked")
    client = world.state.clients[token.client_id]
    proven = oauth_client.is_proven(world.state, form.get("client_id"), form.get("client_secret"))
    note_parties(request, world.state.users.get(token.sub), client)
    if hit(request, "revoke-refused") is not None:
        raise OAuthError("unsupported_token_type", "The token type is not supported.")
    if hit(request, "revoke-needs-client") is not None and not proven:
        raise OAuthError("invalid_client", "Unauthorized", 401)
    late = hit(request, "revoke-delayed")
    delay = 0.0 if late is None else faults.number(late, "seconds", 60)
    tokens.revoke_project(world.state, token.sub, client.project, delay)
    return web.json_response({})


def living_refresh(state: State, value: str) -> Any:
    """Find a refresh token that still works."""
    token = state.refresh_tokens.get(value)
    return token if token and tokens.cause_of_death(state, token) is None else None


async def tokeninfo(request: web.Request) -> web.Response:
    """Describe an access token or an id token; every value is a string."""
    wanted = await parameters(request)
    if "id_token" in wanted:
        return web.json_response(id_token_info(request, wanted["id_token"]))
    state = world_of(request).state
    token = tokens.living_access(state, wanted.get("access_token", ""))
    if token is None:
        raise OAuthError("invalid_token", "Invalid Value")
    return web.json_response(access_token_info(request, token, state.users[token.sub]))


def access_token_info(request: web.Request, token: AccessToken, user: User) -> dict[str, str]:
    """The description of an access token."""
    body = {
        "azp": token.client_id,
        "aud": token.client_id,
        "sub": token.sub,
        "scope": scopes.join(token.scopes),
        "exp": str(int(token.expires_at)),
        "expires_in": str(int(token.expires_at - world_of(request).now())),
        "access_type": "offline" if token.refresh_token else "online",
    }
    if scopes.EMAIL in token.scopes:
        body |= {"email": user.email, "email_verified": "true"}
    return body


def id_token_info(request: web.Request, value: str) -> dict[str, str]:
    """The verified claims of an id token, as strings."""
    state = world_of(request).state
    try:
        kid = jwt.get_unverified_header(value).get("kid")
        key = next(k for k in state.signing_keys if k.kid == kid)
        public = idtoken.load_private(key.private_pem).public_key()
        options: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
        claims = jwt.decode(value, public, algorithms=["RS256"], options=options)
    except (jwt.InvalidTokenError, StopIteration) as error:
        raise OAuthError("invalid_token", "Invalid Value") from error
    if claims["exp"] <= world_of(request).now():
        raise OAuthError("invalid_token", "Invalid Value")
    texts = {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in claims.items()}
    return texts | {"alg": "RS256", "kid": str(kid), "typ": "JWT"}


async def userinfo_v2(request: web.Request) -> web.Response:
    """The older form, with ``id`` and ``verified_email``."""
    body = profile(request)
    email = (
        {"email": body["email"], "verified_email": body["email_verified"]}
        if "email" in body
        else {}
    )
    rest = {k: v for k, v in body.items() if k not in ("sub", "email", "email_verified")}
    return web.json_response({"id": body["sub"], **email, **rest})


async def userinfo(request: web.Request) -> web.Response:
    """The OpenID Connect form."""
    return web.json_response(profile(request))


def profile(request: web.Request) -> dict[str, Any]:
    """What the token's scopes let a client see of its user."""
    token = require_token(request)
    if not scopes.SIGN_IN & set(token.scopes):
        raise errors.insufficient_scope(tuple(sorted(scopes.SIGN_IN)))
    user = world_of(request).state.users[token.sub]
    other = hit(request, "userinfo-other-account") is not None
    body: dict[str, Any] = {"sub": user.sub + "0" if other else user.sub}
    if scopes.EMAIL in token.scopes:
        verified = hit(request, "email-unverified") is None
        body |= {"email": user.email, "email_verified": verified}
    if scopes.PROFILE in token.scopes:
        given, _, family = user.name.partition(" ")
        body |= {"name": user.name, "given_name": given, "picture": PICTURE}
        body |= {"family_name": family} if family else {}
    return body | ({"hd": user.hd} if user.hd else {})


async def jwks(request: web.Request) -> web.Response:
    """The published keys as JWK set."""
    return web.json_response(idtoken.jwks(world_of(request).state), headers=CACHE)


async def certificates(request: web.Request) -> web.Response:
    """The published keys as certificates by key id."""
    return web.json_response(idtoken.x509_map(world_of(request).state), headers=CACHE)


async def configuration(request: web.Request) -> web.Response:
    """OpenID Connect discovery; the issuer is Google's, the endpoints are ours."""
    base = str(request.url.origin())
    body = {
        "issuer": idtoken.ISSUER,
        "authorization_endpoint": f"{base}/o/oauth2/v2/auth",
        "token_endpoint": f"{base}/token",
        "userinfo_endpoint": f"{base}/v1/userinfo",
        "revocation_endpoint": f"{base}/revoke",
        "jwks_uri": f"{base}/oauth2/v3/certs",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": CLAIMS,
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    }
    return web.json_response(body, headers=CACHE)


def routes() -> list[web.RouteDef]:
    """All information endpoints."""
    return [
        web.post("/revoke", revoke),
        web.post("/o/oauth2/revoke", revoke),
        web.get("/tokeninfo", tokeninfo),
        web.post("/tokeninfo", tokeninfo),
        web.get("/oauth2/v3/tokeninfo", tokeninfo),
        web.get("/oauth2/v2/userinfo", userinfo_v2),
        web.get("/v1/userinfo", userinfo),
        web.get("/oauth2/v3/userinfo", userinfo),
        web.get("/oauth2/v3/certs", jwks),
        web.get("/oauth2/v1/certs", certificates),
        web.get("/.well-known/openid-configuration", configuration),
    ]
