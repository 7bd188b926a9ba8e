"""One call through Google's client library, with every failure as the portal's one error type."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import httplib2
from googleapiclient.discovery import Resource, build
from googleapiclient.errors import HttpError

from provisioning.analytics.google.errors import api_error
from provisioning.analytics.google.http import JournalHttp
from tokens.exchanges.recording import Subject
from tokens.google.errors import ErrorKind, GoogleError, Trouble

_before: ContextVar[Callable[[], None] | None] = ContextVar("before each call", default=None)


@contextmanager
def before_each_call(act: Callable[[], None]) -> Iterator[None]:
    """Do `act` before every call to Google that is sent inside the block.

    One step may take many calls: lists have pages. What `act` raises ends the step before
    the call is sent.
    """
    token = _before.set(act)
    try:
        yield
    finally:
        _before.reset(token)


@lru_cache(maxsize=8)
def resource(api: str, version: str, endpoint: str) -> Resource:
    """The library's object for an API, built once a process.

    That costs milliseconds and half a megabyte, and it holds no credentials, so
    tenants can share it.
    """
    return build(
        api,
        version,
        http=httplib2.Http(),
        client_options={"api_endpoint": endpoint},
        static_discovery=True,
        cache_discovery=False,
    )


@lru_cache(maxsize=64)
def collection(api: str, version: str, endpoint: str, *names: str) -> Any:
    """A collection of an API, as `properties`, `dataStreams`; built once as well.

    The library writes all its methods anew each time that it is asked for one.
    """
    found: Any = resource(api, version, endpoint)
    for name in names:
        found = getattr(found, name)()
    return found


def send(call: Any, token: str, subject: Subject) -> dict[str, Any]:
    """Send `call` once with `token`, for `subject`.

    Raises:
        GoogleError: whatever went wrong.
    """
    if act := _before.get():
        act()
    try:
        answer = call.execute(http=JournalHttp(token, subject), num_retries=0)
    except HttpError as error:
        raise api_error(error.resp.status, error.content, error.resp) from error
    except (ValueError, RecursionError) as error:
        raise GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER, 200)) from error
    if not isinstance(answer, dict):
        raise GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER, 200))
    return answer
