"""One pooled HTTP client for the token endpoint, shared by all callers of a process.

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
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote_plus

import aiohttp
from django.conf import settings

from tokens.google.errors import ErrorKind, GoogleError, Trouble

# Google documents tokens of up to 2 kB; nothing that it answers here is larger than this.
_MAX_BODY = 262_144
# What every form is sent with, and what the journal says about it.
FORM_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, JSON object if it is one, and what its headers ask for."""

    status: int
    body: dict[str, Any] | None
    retry_after: float | None
    duration_ms: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def date(self) -> datetime | None:
        """When Google answered, by its own clock."""
        return _http_date(self.headers.get("Date"))


@dataclass(slots=True)
class _Loop:
    """An event loop in a thread, with the client session that lives on it."""

    pid: int
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
    """Send one request and read its answer, whatever its status.

    Raises:
        GoogleError: no answer came (`network`, `timeout`).
    """
    started = time.monotonic()
    body = form_encoded(form) if form else None
    try:
        async with _shared().session.request(
            method,
            url,
            data=body,
            headers={**FORM_HEADERS, **(headers or {})},
            allow_redirects=False,
        ) as response:
            raw = await response.content.read(_MAX_BODY)
            return Answer(
                response.status,
                _json_object(raw),
                retry_after_seconds(response.headers.get("Retry-After")),
                round((time.monotonic() - started) * 1000),
                dict(response.headers),
            )
    except TimeoutError as error:
        raise GoogleError(Trouble(ErrorKind.TIMEOUT)) from error
    except aiohttp.ClientError as error:
        trouble = Trouble(ErrorKind.NETWORK, message=type(error).__name__)
        raise GoogleError(trouble) from error


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


def retry_after_seconds(value: str | None) -> float | None:
    """Seconds of a `Retry-After` header, in either of its two forms (RFC 9110 §10.2.3)."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    moment = _http_date(value)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _http_date(value: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(value) if value else None
    except ValueError:
        return None


def _json_object(raw: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(raw)
    except ValueError:
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
    threading.Thread(target=loop.run_forever, name="google-transport", daemon=True).start()
    session = asyncio.run_coroutine_threadsafe(_open_session(), loop).result()
    return _Loop(os.getpid(), loop, session)


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


async def _open_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=settings.GOOGLE_TIMEOUT, connect=10),
        connector=aiohttp.TCPConnector(limit=256, ttl_dns_cache=300),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
