"""API keys: refused keys in Google's words, and an API that needs nothing else (contract §9)."""

from __future__ import annotations

from aiohttp import web

from tests.emulator import errors
from tests.emulator.errors import TYPE, ApiError
from tests.emulator.state import ApiKey
from tests.emulator.world import world_of

NOT_VALID = "API key not valid. Please pass a valid API key."
DISCOVERY = "discovery.googleapis.com"
BLOCKED = {
    "API_KEY_SERVICE_BLOCKED": "Requests to this API {service} are blocked.",
    "API_KEY_HTTP_REFERRER_BLOCKED": "Requests from referer <empty> are blocked.",
    "API_KEY_IP_ADDRESS_BLOCKED": "The provided API key has an IP address restriction. "
    "The originating IP address of the call (127.0.0.1) violates this restriction.",
}


def sent(request: web.Request) -> str | None:
    """The key that a request carries, in the header or in the address."""
    return request.headers.get("X-Goog-Api-Key") or request.query.get("key")


def check(request: web.Request, service: str) -> ApiKey | None:
    """The key of a request if it has one that works; refuses one that does not."""
    value = sent(request)
    if value is None:
        return None
    key = world_of(request).state.api_keys.get(value)
    if key is None:
        info = errors.error_info("API_KEY_INVALID", service=service)
        words = {"@type": TYPE + "LocalizedMessage", "locale": "en-US", "message": NOT_VALID}
        raise ApiError(400, "INVALID_ARGUMENT", NOT_VALID, [info, words])
    if key.blocked:
        info = errors.error_info(key.blocked, service=service, consumer=f"projects/{key.project}")
        text = BLOCKED[key.blocked].format(service=service)
        raise ApiError(403, "PERMISSION_DENIED", text, [info])
    return key


def count(key: ApiKey | None, project: str) -> None:
    """Count a call that is made for `project` for the key that came along."""
    if key is None:
        return
    if key.project != project:
        raise errors.different_projects()
    key.calls += 1


async def discovery(request: web.Request) -> web.Response:
    """The list of APIs: public, and checks a key that comes along."""
    check(request, DISCOVERY)
    body = {"kind": "discovery#directoryList", "discoveryVersion": "v1", "items": []}
    return web.json_response(body)


def routes() -> list[web.RouteDef]:
    """The API that accepts keys."""
    return [web.get("/discovery/v1/apis", discovery)]
