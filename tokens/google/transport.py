"""One pooled HTTP client for all of Google, shared by all callers of a process.

The client is asynchronous, so that a batch can refresh hundreds of connections
at once; callers that are not asynchronous run on its loop, which lives in a
thread of its own, and so share the same open connections.
"""

import asyncio
import atexit
import json
import os
import threading
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote_plus

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from django.conf import settings

from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.plausible import http_date, retry_after_seconds

# Google documents tokens of up to 2 kB; nothing that is no API answers with more than this.
MAX_BODY = 262_144
# What every form is sent with, and what the journal says about it.
FORM_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end: status, body, and what its headers ask for."""

    status: int
    content: bytes = field(repr=False)
    # The body, if it is a JSON object.
    body: dict[str, Any] | None = field(repr=False)
    retry_after: float | None
    duration_ms: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def date(self) -> datetime | None:
        """When Google answered, by its own clock."""
        return http_date(self.headers.get("Date"))


class _TooLong(Exception):
    """A body of more bytes than anybody expects."""


class _BrokenOff(aiohttp.ClientError):
    """The connection ended without a status line."""


@dataclass(slots=True)
class _Loop:
    """An event loop in a thread, with the client session that lives on it."""

    pid: int
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop
    session: aiohttp.ClientSession


_lock = threading.Lock()
_current: _Loop | None = None


T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the shared loop and wait for its result."""
    return start(work).result()


def start(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Run `work` on the shared loop and do not wait for it."""
    return asyncio.run_coroutine_threadsafe(work, _shared().loop)


async def send(
    method: str,
    url: str,
    *,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Send one request to an endpoint that is no API, and read its answer, whatever its status.

    Raises:
        GoogleError: as `send_bytes`.
    """
    body = form_encoded(form) if form else None
    return await send_bytes(method, url, body, {**FORM_HEADERS, **(headers or {})})


async def send_bytes(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], most: int = MAX_BODY
) -> Answer:
    """Send one request, once, and read its answer to the end, of at most so many bytes.

    All of it together may take `GOOGLE_TIMEOUT` seconds. What failed is told apart by whether a
    status line had come: of an answer that began, the error knows the status.

    Raises:
        GoogleError: nothing came (`network`, `timeout`), it did not end in time (`too_slow`) or
            broke off (`network`), or is no HTTP, too long or badly packed (`malformed_answer`).
    """
    started = time.monotonic()
    response: aiohttp.ClientResponse | None = None
    try:
        async with _shared().session.request(
            method, url, data=body, headers=headers, allow_redirects=False, timeout=_time_limit()
        ) as response:
            content = await _whole(response, most)
    except TimeoutError as error:
        kind = ErrorKind.TIMEOUT if response is None else ErrorKind.TOO_SLOW
        raise _failed(kind, response, error) from error
    except (_TooLong, aiohttp.ClientError) as error:
        kind = ErrorKind.MALFORMED_ANSWER if _is_nonsense(error) else ErrorKind.NETWORK
        raise _failed(kind, response, error) from error
    return Answer(
        response.status,
        content,
        json_object(content),
        retry_after_seconds(response.headers.get("Retry-After")),
        round((time.monotonic() - started) * 1000),
        dict(response.headers),
    )


def _time_limit() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=settings.GOOGLE_TIMEOUT, connect=10)


async def _whole(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body: `read(n)` of the stream would be what happens to have arrived."""
    stream = response.content
    pieces: list[bytes] = []
    left = most
    while piece := await stream.readany():
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            raise _TooLong(f"The answer is longer than {most} bytes.")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _failed(
    kind: ErrorKind, response: aiohttp.ClientResponse | None, cause: Exception
) -> GoogleError:
    status = response.status if response is not None else None
    return GoogleError(Trouble(kind, status, message=type(cause).__name__.lstrip("_")))


def _is_nonsense(error: Exception) -> bool:
    """Whether something came that is no answer, rather than too little of one."""
    if isinstance(error, aiohttp.ClientPayloadError):
        return isinstance(error.__cause__, ContentEncodingError)
    return isinstance(error, (_TooLong, aiohttp.ClientResponseError))


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep the library from sending again what it takes for harmless, DELETE among it.

    It does so by itself when a connection that was used before turns out to be closed; whether
    Google had done what was asked, nobody knows then. Who asked decides, and it is written down.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenOff(type(error).__name__) from error


def form_encoded(form: Mapping[str, str]) -> bytes:
    """`form` as `application/x-www-form-urlencoded`.

    Slashes are taken apart from the rest, because Python quotes at once what has nothing to be
    quoted, and letter by letter what has: Google's refresh tokens begin with "1//".
    """
    quoted = {
        name: "%2F".join(quote_plus(part) for part in value.split("/"))
        for name, value in form.items()
    }
    return "&".join(f"{quote_plus(name)}={value}" for name, value in quoted.items()).encode()


def json_object(raw: bytes | str) -> dict[str, Any] | None:
    """The JSON object that `raw` is; None when it is anything else, however odd."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _shared() -> _Loop:
    global _current  # noqa: PLW0603  # one loop a process is the purpose of this module
    with _lock:
        if _current is None or _current.pid != os.getpid():
            _current = _start()
        return _current


def _start() -> _Loop:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="google-transport", daemon=True)
    thread.start()
    session = asyncio.run_coroutine_threadsafe(_open_session(), loop).result()
    return _Loop(os.getpid(), thread, loop, session)


@atexit.register
def close() -> None:
    """Close the connections of this process. Runs by itself at its end."""
    global _current  # see _shared
    with _lock:
        ended, _current = _current, None
    if ended is None or ended.pid != os.getpid():
        return
    asyncio.run_coroutine_threadsafe(ended.session.close(), ended.loop).result(timeout=5)
    ended.loop.call_soon_threadsafe(ended.loop.stop)
    ended.thread.join(timeout=5)
    if not ended.thread.is_alive():
        ended.loop.close()


async def _open_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        # Google closes what is idle for minutes: a connection is given up long before that.
        connector=aiohttp.TCPConnector(limit=256, ttl_dns_cache=300, keepalive_timeout=15),
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_once,),
    )
