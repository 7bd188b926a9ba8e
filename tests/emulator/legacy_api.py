"""The v3 door: Provisioning and Management API of Universal Analytics (contract §3 and §5).

Switched on? → token → scope → quota → body against the discovery document → handler →
answer against the discovery document. ``legacy: false`` in the seed, or the scenario
``v3-gone``, answers as Google does since it switched v3 off.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.emulator import api_keys, faults, legacy_errors, scopes
from tests.emulator.admin_api import Call
from tests.emulator.bearer import bearer_value
from tests.emulator.schema import Book, book
from tests.emulator.state import AccessToken
from tests.emulator.tokens import living_access
from tests.emulator.world import hit, world_of

BASE = "/analytics/v3/"
PROVISION = scopes.PREFIX + "analytics.provision"
READS = (scopes.PREFIX + "analytics", scopes.ANALYTICS_EDIT, scopes.ANALYTICS_READONLY)


@dataclass(frozen=True)
class LegacyMethod:
    """One method of v3, as the discovery document has it."""

    verb: str
    path: str
    handler: Callable[[Call], dict[str, Any]]
    response: str
    scopes: tuple[str, ...]
    request: str | None = None


def routes(methods: list[LegacyMethod]) -> list[web.RouteDef]:
    """Serve methods under v3's path."""
    schemas = book("v3", "analytics")
    return [web.route(m.verb, BASE + m.path, door(m, schemas)) for m in methods]


def door(method: LegacyMethod, schemas: Book) -> Callable[[web.Request], Any]:
    """Wrap a method into all its checks."""

    async def handle(request: web.Request) -> web.Response:
        call = await admit(request, method, schemas)
        answer = method.handler(call)
        schemas.assert_valid(method.response, answer)
        writes = method.verb != "GET"
        lost = hit(request, "write-applied-then-timeout") if writes else None
        if lost is not None:
            return await faults.drop(request, faults.number(lost, "seconds", 30))
        return web.json_response(answer)

    return handle


async def admit(request: web.Request, method: LegacyMethod, schemas: Book) -> Call:
    """Check that v3 lives, token, scope, quota and body."""
    world = world_of(request)
    if not world.state.limits.legacy or hit(request, "v3-gone") is not None:
        raise legacy_errors.no_permission()
    key = api_keys.check(request, "analytics.googleapis.com")
    token = require_token(request)
    if not set(method.scopes) & set(token.scopes):
        raise legacy_errors.insufficient_scope(method.scopes)
    client, user = world.state.clients[token.client_id], world.state.users[token.sub]
    api_keys.count(key, client.project)
    world.legacy_quota.spend(
        world.state.limits, world.now(), client.project, token.sub, write=method.verb != "GET"
    )
    body = await read_body(request, method, schemas)
    return Call(request, world.state, token, user, client, body, world.now())


def require_token(request: web.Request) -> AccessToken:
    """Return a living token, or answer 401."""
    value = bearer_value(request)
    token = living_access(world_of(request).state, value) if value else None
    if token is None:
        raise legacy_errors.invalid_credentials()
    return token


async def read_body(request: web.Request, method: LegacyMethod, schemas: Book) -> dict[str, Any]:
    """Parse and check the JSON body of a method that takes one."""
    if method.request is None:
        return {}
    try:
        data = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise legacy_errors.LegacyError(400, "parseError", "Parse Error") from error
    found = schemas.problems(method.request, data)
    if found:
        raise legacy_errors.bad_parameter(f"Invalid value for {found[0].path}: {found[0].text}")
    return dict(data)


def page_of(call: Call, kind: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Cut out what ``start-index`` and ``max-results`` ask for; the first index is 1."""
    start, size = whole(call, "start-index", 1), whole(call, "max-results", 1000)
    if start < 1 or not 1 <= size <= 1000:
        raise legacy_errors.bad_parameter("Invalid value for start-index or max-results.")
    answer: dict[str, Any] = {
        "kind": f"analytics#{kind}",
        "username": call.user.email,
        "totalResults": len(items),
        "startIndex": start,
        "itemsPerPage": size,
        "items": items[start - 1 : start - 1 + size],
    }
    if start - 1 + size < len(items):
        place = call.request.url.with_query({"start-index": start + size, "max-results": size})
        answer["nextLink"] = str(place)
    return answer


def whole(call: Call, name: str, default: int) -> int:
    """A whole number of the query."""
    try:
        return int(call.request.query.get(name, default))
    except ValueError as error:
        raise legacy_errors.bad_parameter(f"Invalid value for {name}.") from error
