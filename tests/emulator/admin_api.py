"""The Admin API's front door: every call passes the same checks in the same order.

Faults → token → scope → quota → body against the discovery document → handler → answer
against the discovery document. A resource is a module with a list of :class:`Method`.
Source: contract §4 and §10.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.emulator import api_keys, errors, faults, scopes
from tests.emulator.bearer import bearer_value, require_token
from tests.emulator.scenarios import Params
from tests.emulator.schema import Book, Problem, book
from tests.emulator.state import AccessToken, Client, State, User
from tests.emulator.world import hit, world_of

VERSIONS = ("v1alpha", "v1beta")
WRITE_SCOPES = (scopes.ANALYTICS_EDIT,)
READ_SCOPES = (scopes.ANALYTICS_EDIT, scopes.ANALYTICS_READONLY)


@dataclass(frozen=True)
class Call:
    """An authorised call with its checked body."""

    request: web.Request
    state: State
    token: AccessToken
    user: User
    client: Client
    body: dict[str, Any]
    now: float

    def part(self, name: str) -> str:
        """A variable part of the path."""
        return self.request.match_info[name]

    def query(self, name: str) -> str | None:
        """A query parameter in camelCase, or in snake_case as some clients send it."""
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        return self.request.query.get(name, self.request.query.get(snake))

    def hit(self, name: str) -> Params | None:
        """Ask whether a scenario applies."""
        return hit(self.request, name)


@dataclass(frozen=True)
class Method:
    """One method of the API, as the discovery document has it."""

    verb: str
    path: str
    handler: Callable[[Call], dict[str, Any]]
    response: str
    request: str | None = None
    versions: tuple[str, ...] = VERSIONS
    scopes: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The scopes of which a token needs one."""
        return self.scopes or (WRITE_SCOPES if self.writes else READ_SCOPES)

    @property
    def writes(self) -> bool:
        """Whether the method changes anything."""
        return self.verb != "GET"


def routes(methods: list[Method]) -> list[web.RouteDef]:
    """Serve methods under every version of the API."""
    return [
        web.route(method.verb, f"/{version}/{method.path}", door(method, book(version)))
        for method in methods
        for version in method.versions
    ]


def door(method: Method, schemas: Book) -> Callable[[web.Request], Any]:
    """Wrap a method into all its checks."""

    async def handle(request: web.Request) -> web.Response:
        call = await admit(request, method, schemas)
        answer = method.handler(call)
        schemas.assert_valid(method.response, answer)
        lost = hit(request, "write-applied-then-timeout") if method.writes else None
        if lost is not None:
            return await faults.drop(request, faults.number(lost, "seconds", 30))
        return web.json_response(answer)

    return handle


async def admit(request: web.Request, method: Method, schemas: Book) -> Call:
    """Check token, scope, quota and body."""
    world = world_of(request)
    key = api_keys.check(request, errors.SERVICE)
    if key is not None and bearer_value(request) is None:
        raise errors.keys_unsupported()
    token = require_token(request)
    client = world.state.clients[token.client_id]
    api_keys.count(key, client.project)
    refuse_by_scenario(request, client)
    if not set(method.needed) & set(token.scopes):
        raise errors.insufficient_scope(method.needed)
    world.quota.spend(
        world.state.limits.quotas, world.now(), client.project, token.sub, write=method.writes
    )
    body = await read_body(request, method, schemas)
    user = world.state.users[token.sub]
    return Call(request, world.state, token, user, client, body, world.now())


def refuse_by_scenario(request: web.Request, client: Client) -> None:
    """Answer as scenarios ask."""
    if hit(request, "api-401-once") is not None or hit(request, "api-401-always") is not None:
        raise errors.invalid_credentials()
    if hit(request, "service-disabled") is not None:
        raise errors.service_disabled(client.project)
    if hit(request, "entity-403") is not None:
        raise errors.no_permission()
    if hit(request, "rate-limit-403") is not None:
        raise errors.rate_limit_403()
    busy = hit(request, "rate-limit-429")
    if busy is not None:
        wait = faults.number(busy, "retry_after", 2)
        quota = str(busy.get("quota_limit", errors.PER_USER))
        raise errors.exhausted("Quota exceeded for requests per minute.", wait, quota)
    if hit(request, "api-500") is not None:
        raise errors.internal()
    if hit(request, "api-503") is not None:
        raise errors.unavailable()


async def read_body(request: web.Request, method: Method, schemas: Book) -> dict[str, Any]:
    """Parse and check the JSON body of a method that takes one."""
    if method.request is None:
        return {}
    raw = await request.read()
    try:
        data = json.loads(raw or b"{}")
    except ValueError as error:
        text = "Invalid JSON payload received. Unexpected token."
        raise errors.invalid_argument(text) from error
    data = schemas.named_enums(method.request, data)
    found = schemas.problems(method.request, data)
    if found:
        raise bad_payload(found[0])
    return dict(data)


def bad_payload(problem: Problem) -> errors.ApiError:
    """400 in the words of Google's JSON gateway."""
    where = problem.path
    if problem.kind == "unknown":
        place = f" at '{where}'" if where else ""
        text = f'Unknown name "{problem.text}"{place}: Cannot find field.'
    else:
        text = f"Invalid value at '{where}': {problem.text}"
    return errors.invalid_argument(f"Invalid JSON payload received. {text}", where or None)
