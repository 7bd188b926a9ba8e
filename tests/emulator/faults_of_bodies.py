"""Faults of the wire that begin once an answer is ready: its body is late, cut, long or false.

They are of the answer alone: what was asked for has been done by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.emulator import faults, wire
from tests.emulator.scenarios import Params
from tests.emulator.world import hit

Fault = Callable[[web.Request, web.Response, Params], Awaitable[web.StreamResponse]]
# The other end has read what came before by then.
READ = 0.02


async def drop_after_write(
    request: web.Request, answer: web.Response, params: Params
) -> web.StreamResponse:
    """Close the connection instead of answering."""
    return await faults.close(request, faults.number(params, "ms", 0) / 1000)


async def split(request: web.Request, answer: web.Response, params: Params) -> web.StreamResponse:
    """Pieces of one size, so many milliseconds apart."""
    size = int(faults.number(params, "size", 1369))
    return await drip(request, answer, size, faults.number(params, "ms", 0.5) / 1000)


async def slow(request: web.Request, answer: web.Response, params: Params) -> web.StreamResponse:
    """Twenty pieces over so many seconds: no single one of them is long in coming."""
    size = max(1, len(body_of(answer)) // 20)
    return await drip(request, answer, size, faults.number(params, "seconds", 30) / 20)


async def stall(request: web.Request, answer: web.Response, params: Params) -> web.StreamResponse:
    """Half of it, then nothing for so many seconds, then the end of the connection."""
    stream = await half(request, answer)
    await asyncio.sleep(faults.number(params, "seconds", 30))
    await faults.close(request)
    return stream


async def reset(request: web.Request, answer: web.Response, params: Params) -> web.StreamResponse:
    """Half of it, then a TCP reset."""
    stream = await half(request, answer)
    await asyncio.sleep(READ)
    await faults.reset(request)
    return stream


async def oversized(
    request: web.Request, answer: web.Response, params: Params
) -> web.StreamResponse:
    """The same JSON, and blanks after it up to so many bytes."""
    body = body_of(answer).ljust(int(faults.number(params, "bytes", 1_000_000)))
    stream = wire.begin(answer)
    stream.enable_chunked_encoding()
    try:
        await stream.prepare(request)
        for start in range(0, len(body), 65536):
            await stream.write(body[start : start + 65536])
        await stream.write_eof()
    except ConnectionError:
        stream.force_close()
    return stream


async def wrong_length(
    request: web.Request, answer: web.Response, params: Params
) -> web.StreamResponse:
    """Content-Length says `by` bytes more than come, or fewer if it is negative."""
    body = body_of(answer)
    stream = wire.begin(answer)
    lines = [f"{name}: {value}" for name, value in stream.headers.items()]
    length = len(body) + int(faults.number(params, "by", 20))
    head = [f"HTTP/1.1 {answer.status} {answer.reason}", *lines, f"Content-Length: {length}"]
    if request.transport is not None:
        request.transport.write("\r\n".join([*head, "", ""]).encode() + body)
    return await faults.close(request)


FAULTS: dict[str, Fault] = {
    "drop-after-write": drop_after_write,
    "split-body": split,
    "slow-body": slow,
    "stall-mid-body": stall,
    "reset-mid-body": reset,
    "oversized-body": oversized,
    "wrong-length": wrong_length,
}


async def spoiled(request: web.Request, answer: web.Response) -> web.StreamResponse | None:
    """The answer as a scenario spoils it; None when none does."""
    for name, fault in FAULTS.items():
        if name == "drop-after-write" and request.method == "GET":
            continue
        params = hit(request, name)
        if params is not None:
            return await fault(request, answer, params)
    return None


async def drip(
    request: web.Request, answer: web.Response, size: int, pause: float
) -> web.StreamResponse:
    """The body in pieces of `size` bytes, each after a pause in seconds."""
    body = body_of(answer)
    stream = wire.begin(answer)
    stream.content_length = len(body)
    try:
        await stream.prepare(request)
        for start in range(0, len(body), size):
            await stream.write(body[start : start + size])
            await asyncio.sleep(pause)
        await stream.write_eof()
    except ConnectionError:
        stream.force_close()
    return stream


async def half(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """The head, and the first half of the body that it promises."""
    body = body_of(answer)
    stream = wire.begin(answer)
    stream.content_length = len(body)
    stream.force_close()
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])
    return stream


def body_of(answer: web.Response) -> bytes:
    """The bytes of an answer."""
    return answer.body if isinstance(answer.body, bytes) else b""
