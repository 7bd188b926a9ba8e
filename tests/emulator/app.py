"""Put the rooms together: routes, and what happens around every request."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.emulator import (
    admin_access,
    admin_accounts,
    admin_api,
    admin_properties,
    admin_secrets,
    admin_settings,
    admin_streams,
    api_keys,
    bearer,
    clock,
    control_api,
    control_credentials,
    control_page,
    control_terms,
    faults,
    faults_of_bodies,
    iam_keys,
    legacy_api,
    legacy_methods,
    oauth_authorize,
    oauth_info,
    oauth_token,
    pages,
    requestlog,
    tickets,
    tos,
)
from tests.emulator.errors import EmulatorError
from tests.emulator.requestlog import Entry
from tests.emulator.scenarios import HEADER, UnknownScenario
from tests.emulator.seed import SeedError
from tests.emulator.wire import deliver
from tests.emulator.world import CLIENT_KEY, USER_KEY, WORLD, World, world_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OURS = ("/_emu", "/healthz", "/favicon.ico")
ROOMS = (
    *(oauth_authorize, oauth_token, oauth_info, tos, pages, iam_keys, api_keys),
    *(control_api, control_credentials, control_page, control_terms),
)
ADMIN_METHODS = [
    *admin_accounts.METHODS,
    *tickets.METHODS,
    *admin_properties.METHODS,
    *admin_streams.METHODS,
    *admin_settings.METHODS,
    *admin_access.METHODS,
    *admin_secrets.METHODS,
]


def make_app(world: World) -> web.Application:
    """Build the application that serves one world."""
    app = web.Application(middlewares=[around, errors_as_answers])
    app[WORLD] = world
    app.router.add_get("/healthz", health)
    for room in ROOMS:
        app.router.add_routes(room.routes())
    app.router.add_routes(admin_api.routes(ADMIN_METHODS))
    app.router.add_routes(legacy_api.routes(legacy_methods.METHODS))
    return app


async def health(request: web.Request) -> web.Response:
    """Say that we serve."""
    return web.json_response({"ok": True})


def is_ours(request: web.Request) -> bool:
    """Whether a path is the emulator's own and not one that pretends to be Google's."""
    return request.path.startswith(OURS)


@web.middleware
async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log every call as it comes, stamp the emulator's time on its answer, send that."""
    world = world_of(request)
    if is_ours(request):
        response = await handler(request)
        response.headers["Date"] = clock.http_date(world.state)
        world.on_change()
        return response
    started = time.perf_counter()
    log, entry = world.log, await begin_log(request)
    response = await handler(request)
    response.headers["Date"] = clock.http_date(world.state)
    entry.user, entry.client = request.get(USER_KEY), request.get(CLIENT_KEY)
    entry.duration_ms = round((time.perf_counter() - started) * 1000, 1)
    log.finish(entry, response.status)
    world.on_change()
    return await send(request, response)


async def send(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Send what was answered, spoiled by a scenario or as awkwardly as a network does."""
    cut = request.transport is None or request.transport.is_closing()
    if cut or not isinstance(response, web.Response):
        return response
    try:
        spoiled = await faults_of_bodies.spoiled(request, response)
    except UnknownScenario:
        return response  # says so
    return spoiled or await deliver(world_of(request).wire, request, response)


@web.middleware
async def errors_as_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer in Google's way what handlers raise; unknown paths and verbs are 404 pages."""
    try:
        if not is_ours(request):
            bearer.note_owner(request)
            broken = await faults.front_end(request)
            if broken is not None:
                return broken
        return await handler(request)
    except EmulatorError as error:
        return error.response()
    except (UnknownScenario, SeedError) as error:
        return web.json_response({"error": str(error)}, status=400)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return pages.not_found_page()


async def begin_log(request: web.Request) -> Entry:
    """Log one call, redacted; how it was answered is added when that is known."""
    world = world_of(request)
    body = await request.read() if request.can_read_body or request.content_length else b""
    entry = Entry(
        at=world.now(),
        method=request.method,
        path=requestlog.mask(request.path),
        query=requestlog.redact(dict(request.query)),
        body=requestlog.redact_body(body, request.content_type),
        scenario=request.headers.get(HEADER),
        agent=request.headers.get("User-Agent", ""),
    )
    world.log.entries.append(entry)
    return entry
