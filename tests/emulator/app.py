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
    """Stamp the emulator's time on every answer, write the log, note the change."""
    started = time.perf_counter()
    response = await handler(request)
    world = world_of(request)
    response.headers["Date"] = clock.http_date(world.state)
    if not is_ours(request):
        await write_log(request, response, (time.perf_counter() - started) * 1000)
    world.on_change()
    return response


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


async def write_log(request: web.Request, response: web.StreamResponse, duration_ms: float) -> None:
    """Log one call, redacted."""
    world = world_of(request)
    body = await request.read() if request.can_read_body or request.content_length else b""
    world.log.add(
        Entry(
            at=world.now(),
            method=request.method,
            path=requestlog.mask(request.path),
            query=requestlog.redact(dict(request.query)),
            body=requestlog.redact_body(body, request.content_type),
            status=response.status,
            duration_ms=round(duration_ms, 1),
            user=request.get(USER_KEY),
            client=request.get(CLIENT_KEY),
            scenario=request.headers.get(HEADER),
        )
    )
