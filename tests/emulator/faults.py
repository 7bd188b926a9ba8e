"""Faults of the wire: slow, silent, broken or HTML answers (contract §14.12, §14.38-39)."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web

from tests.emulator import errors
from tests.emulator.errors import OAuthError
from tests.emulator.scenarios import Params
from tests.emulator.world import hit


async def drop(request: web.Request, seconds: float = 0) -> web.Response:
    """Answer nothing for a while, then cut the connection."""
    await asyncio.sleep(seconds)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def close(request: web.Request, seconds: float = 0) -> web.Response:
    """Close the connection in good order, with what was written and nothing more."""
    await asyncio.sleep(seconds)
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=499)


async def reset(request: web.Request) -> web.Response:
    """Cut the connection with a TCP reset."""
    if request.transport is not None:
        sock = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return await drop(request)


async def front_end(request: web.Request) -> web.Response | None:
    """Faults that any Google path can have."""
    if hit(request, "connection-reset") is not None:
        return await reset(request)
    gone = hit(request, "drop-before-status")
    if gone is not None:
        return await close(request, number(gone, "ms", 0) / 1000)
    odd = hit(request, "odd-body")
    if odd is not None:
        return web.json_response(odd.get("body"), status=int(number(odd, "status", 200)))
    if hit(request, "html-502") is not None:
        return errors.html_answer(502)
    return None


async def token_endpoint(request: web.Request) -> web.Response | None:
    """Faults of the token endpoint that say nothing about the grant.

    The front end's faults are asked for again: only now is the user known.
    """
    broken = await front_end(request)
    if broken is not None:
        return broken
    slow = hit(request, "latency")
    if slow is not None:
        await asyncio.sleep(number(slow, "ms", 50) / 1000)
    silence = hit(request, "token-timeout")
    if silence is not None:
        return await drop(request, number(silence, "seconds", 30))
    if hit(request, "token-500-once") is not None:
        raise OAuthError("server_error", "Internal error", 500)
    for status in (503, 502):
        if hit(request, f"token-{status}-html") is not None:
            return errors.html_answer(status)
    return polite_faults(request)


def polite_faults(request: web.Request) -> web.Response | None:
    """Faults that are answered properly, or almost."""
    busy = hit(request, "token-429")
    if busy is not None:
        wait = {"Retry-After": str(busy.get("retry_after", 2))}
        text = "You have exceeded the token issuance rate limit"
        raise OAuthError("rate_limit_exceeded", text, 429, headers=wait)
    if hit(request, "internal_failure") is not None:
        raise OAuthError("internal_failure", "Backend Error")
    if hit(request, "token-200-notjson") is not None:
        return web.Response(text="ok, but not JSON", content_type="text/plain")
    return None


def number(params: Params, name: str, default: float) -> float:
    """Read a number that may have come from JSON or from a header."""
    return float(params.get(name, default))
