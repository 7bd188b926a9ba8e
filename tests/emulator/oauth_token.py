"""The token endpoint: who calls, which grant, and the answer (contract §1.2).

A further grant type is a further module with a function for :data:`GRANTS`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from tests.emulator import faults, grant_code, grant_jwt, grant_refresh, oauth_client
from tests.emulator.errors import OAuthError
from tests.emulator.state import Client, State, User
from tests.emulator.world import hit, note_parties, world_of

Grant = Callable[[web.Request, Client, Mapping[str, str]], web.Response]
GRANTS: dict[str, Grant] = {
    "authorization_code": grant_code.exchange,
    "refresh_token": grant_refresh.refresh,
}
PATHS = ("/token", "/oauth2/v4/token", "/o/oauth2/token")


async def token(request: web.Request) -> web.Response:
    """Exchange a code or a refresh token for tokens."""
    state = world_of(request).state
    form = {key: str(value) for key, value in (await request.post()).items()}
    if form.get("grant_type") == grant_jwt.GRANT_TYPE:
        grant_jwt.note_issuer(request, form)
        return await faults.token_endpoint(request) or grant_jwt.grant(request, form)
    client_id, secret = oauth_client.credentials(request, form)
    user = owner(state, form)
    note_parties(request, user, state.clients.get(client_id))
    broken = await faults.token_endpoint(request)
    if broken is not None:
        return broken
    client = oauth_client.authenticate(request, state, client_id, secret)
    refuse_policy(request, client, user)
    grant_type = form.get("grant_type")
    if not grant_type:
        raise OAuthError("invalid_request", "Missing required parameter: grant_type")
    if grant_type not in GRANTS:
        raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {grant_type}")
    return GRANTS[grant_type](request, client, form)


def owner(state: State, form: Mapping[str, str]) -> User | None:
    """The user a code or refresh token belongs to, if there is one."""
    code = state.codes.get(form.get("code", ""))
    refresh = state.refresh_tokens.get(form.get("refresh_token", ""))
    found = code or refresh
    return state.users.get(found.sub) if found else None


def refuse_policy(request: web.Request, client: Client, user: User | None) -> None:
    """Answers that a Workspace or its administrator can give at any time."""
    home = client.internal_domain
    outside = home is not None and user is not None and user.hd != home
    if outside or hit(request, "org-internal") is not None:
        text = "This client is restricted to users within its organization."
        raise OAuthError("org_internal", text, 403)
    if hit(request, "admin-policy") is not None:
        raise OAuthError("admin_policy_enforced", "Access is restricted by an administrator.")
    if hit(request, "token-access-denied") is not None:
        raise OAuthError("access_denied", "The requested access was denied.")
    if hit(request, "unauthorized-client") is not None:
        raise OAuthError("unauthorized_client", "Unauthorized", 401)


def routes() -> list[web.RouteDef]:
    """The endpoint under its three names."""
    handler: Callable[[web.Request], Awaitable[web.Response]] = token
    return [web.post(path, handler) for path in PATHS]
