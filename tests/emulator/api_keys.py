"""API keys: refused keys in Google's words, and what needs nothing else (contract §9)."""

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
    reason = blocked_by(key, service)
    if reason:
        info = errors.error_info(reason, service=service, consumer=f"projects/{key.project}")
        text = BLOCKED[reason].format(service=service)
        raise ApiError(403, "PERMISSION_DENIED", text, [info])
    return key


def blocked_by(key: ApiKey, service: str) -> str | None:
    """Why a key may not be used for an API; none for one that it is restricted to, or at all."""
    if key.services and service not in key.services:
        return "API_KEY_SERVICE_BLOCKED"
    return key.blocked


def count(key: ApiKey | None, project: str) -> None:
    """Count a call that is made for `project` for the key that came along."""
    if key is None:
        return
    if key.project != project:
        raise errors.different_projects()
    key.calls += 1


async def directory(request: web.Request) -> web.Response:
    """The list of APIs, by an API of its own: public, and checks a key that comes along."""
    check(request, DISCOVERY)
    body = {"kind": "discovery#directoryList", "discoveryVersion": "v1", "items": []}
    return web.json_response(body)


async def admin_api(request: web.Request) -> web.Response:
    """What the Admin API says of itself: public, and checks a key for that API."""
    check(request, errors.SERVICE)
    body = {"kind": "discovery#restDescription", "name": "analyticsadmin", "version": "v1beta"}
    return web.json_response(body)


def routes() -> list[web.RouteDef]:
    """The two that accept keys alone."""
    return [web.get("/discovery/v1/apis", directory), web.get("/$discovery/rest", admin_api)]
