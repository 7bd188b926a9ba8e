"""``/_emu/api/``: script the emulator over HTTP, from another process or by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from tests.emulator import idtoken, scenarios, scopes, seed, snapshot, tokens
from tests.emulator.requestlog import mask_secrets
from tests.emulator.seed import Seed, SeedError
from tests.emulator.state import ActiveScenario, State, User
from tests.emulator.world import World, world_of

BASE = "/_emu/api/"


async def read(request: web.Request) -> dict[str, Any]:
    """The JSON object of a control call."""
    raw = await request.read()
    try:
        data = json.loads(raw or b"{}")
    except ValueError as error:
        raise SeedError(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise SeedError("the body must be a JSON object")
    return data


async def reset(request: web.Request) -> web.Response:
    """Start from the seed again."""
    world_of(request).reset()
    return web.json_response({"ok": True})


async def replace_seed(request: web.Request) -> web.Response:
    """Start from another seed."""
    world_of(request).reset(Seed.from_dict(await read(request)))
    return web.json_response({"ok": True})


async def show_state(request: web.Request) -> web.Response:
    """The whole state, with tokens masked and private keys left out."""
    data = snapshot.encode(world_of(request).state)
    data["signing_keys"] = [key["kid"] for key in data["signing_keys"]]
    return web.Response(text=mask_secrets(json.dumps(data)), content_type="application/json")


async def switch_on(request: web.Request) -> web.Response:
    """Switch a scenario on."""
    data = await read(request)
    scenario = scenario_from(data)
    scenarios.switch_on(world_of(request).state, scenario)
    return web.json_response(asdict(scenario))


def number(data: Mapping[str, Any], name: str, default: float = 0) -> float:
    """Read a number, or say which field is none."""
    try:
        return float(data.get(name, default))
    except (TypeError, ValueError) as error:
        raise SeedError(f"{name} must be a number, not {data[name]!r}") from error


def scenario_from(data: Mapping[str, Any]) -> ActiveScenario:
    """Read ``{name, scope?: {user?, client?, ticket?}, times?, params?}``."""
    odd = sorted(set(data) - {"name", "scope", "times", "params"})
    scope = data.get("scope") or {}
    odd += sorted(set(scope) - {"user", "client", "ticket"})
    if odd:
        raise SeedError(f"unknown scenario field(s): {', '.join(odd)}")
    endless = data.get("times") is None
    return ActiveScenario(
        name=str(data.get("name", "")),
        times=None if endless else int(number(data, "times")),
        params=dict(data.get("params") or {}),
        **scope,
    )


async def switch_off(request: web.Request) -> web.Response:
    """Switch one scenario off, or all."""
    name = request.query.get("name") or (await read(request)).get("name")
    scenarios.switch_off(world_of(request).state, name)
    return web.json_response({"ok": True})


async def list_scenarios(request: web.Request) -> web.Response:
    """All scenarios with their sentences, and those that are on."""
    active = [asdict(s) for s in world_of(request).state.scenarios]
    return web.json_response({"known": scenarios.DESCRIPTIONS, "active": active})


async def set_clock(request: web.Request) -> web.Response:
    """Set the clock's offset, or move it on."""
    state = world_of(request).state
    data = await read(request)
    if "offset_seconds" in data:
        state.clock_offset = number(data, "offset_seconds")
    state.clock_offset += number(data, "advance_seconds")
    return web.json_response({"offset_seconds": state.clock_offset})


async def requests_log(request: web.Request) -> web.Response:
    """Logged calls, redacted, oldest first."""
    since = number(request.query, "since")
    found = world_of(request).log.since(since, request.query.get("path", ""))
    return web.json_response({"requests": found, "now": world_of(request).now()})


async def count(request: web.Request) -> web.Response:
    """Count calls by method, path, grant_type, status and user."""
    known = {"method", "path", "grant_type", "status", "user"}
    wanted = {k: v for k, v in request.query.items() if k in known}
    return web.json_response({"count": world_of(request).log.count(**wanted)})


async def add_users(request: web.Request) -> web.Response:
    """Add or change one user, or a list of them."""
    state = world_of(request).state
    entries = entries_of(await read(request), "users")
    for entry in entries:
        user = seed.user_from(entry)
        state.users[user.sub] = user
        seed.add_accounts(state, user.sub, int(number(entry, "accounts")))
        seed.add_legacy_accounts(state, user.sub, int(number(entry, "legacy_accounts")))
    return web.json_response({"users": [asdict(seed.user_from(e)) for e in entries]})


async def add_clients(request: web.Request) -> web.Response:
    """Add or change one client, or a list of them."""
    state = world_of(request).state
    clients = [seed.client_from(e) for e in entries_of(await read(request), "clients")]
    state.clients.update({client.client_id: client for client in clients})
    return web.json_response({"clients": [client.client_id for client in clients]})


def entries_of(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """One object, or a list of objects under a name."""
    return list(data[name]) if name in data else [data]


def user_named(state: State, data: Mapping[str, Any]) -> User:
    """Find the user of a control call."""
    user = state.user_by_email(str(data.get("email", "")))
    if user is None:
        raise SeedError(f"no user {data.get('email')!r}")
    return user


async def revoke_grant(request: web.Request) -> web.Response:
    """A person removed the app: every project of theirs, or one."""
    state = world_of(request).state
    data = await read(request)
    user = user_named(state, data)
    projects = {c.project for c in state.clients.values()}
    if "project" in data:
        projects &= {data["project"]}
    died = sum(tokens.revoke_project(state, user.sub, p) for p in sorted(projects))
    return web.json_response({"refresh_tokens_ended": died})


async def add_accounts(request: web.Request) -> web.Response:
    """Give a user many accounts."""
    state = world_of(request).state
    data = await read(request)
    user = user_named(state, data)
    prefix = str(data.get("prefix", "Account"))
    made = seed.add_accounts(state, user.sub, int(number(data, "count", 1)), prefix)
    return web.json_response({"accounts": [account.id for account in made]})


async def add_grants(request: web.Request) -> web.Response:
    """Issue refresh tokens without a walk through the pages, for benchmarks."""
    world = world_of(request)
    data = await read(request)
    user = user_named(world.state, data)
    made = [grant(world, user, data) for _ in range(int(number(data, "count", 1)))]
    return web.json_response({"refresh_tokens": made})


def grant(world: World, user: User, data: Mapping[str, Any]) -> str:
    """Grant scopes to a client's project and return a new refresh token."""
    client = world.state.clients.get(str(data.get("client_id", "")))
    if client is None:
        raise SeedError(f"no client {data.get('client_id')!r}")
    wanted = scopes.parse(" ".join(data.get("scopes", [scopes.ANALYTICS_EDIT])))
    tokens.add_grant(world.state, user.sub, client.project, wanted)
    return tokens.mint_refresh(world.state, client.client_id, user.sub, wanted).value


async def rotate_keys(request: web.Request) -> web.Response:
    """Sign with a new key from now on."""
    state = world_of(request).state
    idtoken.rotate(state, drop_old=bool((await read(request)).get("drop_old", False)))
    return web.json_response({"kids": [key.kid for key in state.signing_keys]})


def routes() -> list[web.RouteDef]:
    """All control calls."""
    return [
        web.post(BASE + "reset", reset),
        web.post(BASE + "seed", replace_seed),
        web.get(BASE + "state", show_state),
        web.get(BASE + "scenario", list_scenarios),
        web.post(BASE + "scenario", switch_on),
        web.delete(BASE + "scenario", switch_off),
        web.post(BASE + "clock", set_clock),
        web.get(BASE + "requests", requests_log),
        web.get(BASE + "count", count),
        web.post(BASE + "users", add_users),
        web.post(BASE + "clients", add_clients),
        web.post(BASE + "accounts", add_accounts),
        web.post(BASE + "grants", add_grants),
        web.post(BASE + "revoke-grant", revoke_grant),
        web.post(BASE + "rotate-keys", rotate_keys),
    ]
