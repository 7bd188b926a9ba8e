"""The HTTP that Google's client library speaks through, with every exchange written down."""

import time
from collections.abc import Mapping
from typing import Any

import httplib2

from provisioning.analytics.google.errors import api_error
from provisioning.analytics.google.moments import hear
from tokens.exchanges.recording import Entry, Subject, write
from tokens.google.errors import GoogleError
from tokens.google.quota import quota_headers
from tokens.google.transport import Answer, json_object, run, send_bytes

# A page of the longest lists that are asked for has some megabytes.
_MOST = 32 * 1024 * 1024
# Counted from the body by the client itself.
_LENGTH = "content-length"


class JournalHttp:
    """Sends what the library has made ready, once, and writes the exchange down, redacted.

    Takes the place of `httplib2.Http`, which sends again by itself, writes too, when a
    connection ends before the status line. Refreshing the token is not its business: a 401 comes
    back as it is. Nor are redirects, which no API is expected to answer with.
    """

    def __init__(self, token: str, subject: Subject) -> None:
        self._token = token
        self._subject = subject

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """Send, write down what was said, and hand the answer on.

        Raises:
            GoogleError: no whole answer came.
        """
        sent = {name: value for name, value in (headers or {}).items() if name != _LENGTH}
        sent |= {"authorization": f"Bearer {self._token}", **quota_headers(method)}
        raw = body.encode() if isinstance(body, str) else body
        started = time.monotonic()
        answer: Answer | None = None
        failure = ""
        status: int | None = None
        try:
            answer = run(send_bytes(method, uri, raw, sent, _MOST))
            status, failure = answer.status, _failure(answer)
        except GoogleError as error:
            status, failure = error.trouble.status, error.kind.value
            raise
        finally:
            entry = Entry(
                method=method,
                url=uri,
                request_headers=sent,
                request_body=json_object(raw or b""),
                status=status,
                response_headers={} if answer is None else answer.headers,
                response_body=None if answer is None else answer.body,
                duration_ms=round((time.monotonic() - started) * 1000),
                error=failure,
            )
            write(self._subject, entry)
        hear(answer.date)
        return _as_the_library_has_it(answer), answer.content


def lowered(answer: Answer) -> dict[str, str]:
    """An answer's headers as the library names them."""
    return {name.lower(): value for name, value in answer.headers.items()}


def _failure(answer: Answer) -> str:
    if answer.status < 300:
        return ""
    return api_error(answer.status, answer.content, lowered(answer)).kind.value


def _as_the_library_has_it(answer: Answer) -> httplib2.Response:
    return httplib2.Response({**lowered(answer), "status": str(answer.status)})
