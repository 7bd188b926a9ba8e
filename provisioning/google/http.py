"""The HTTP that Google's client library speaks through, with every exchange written down."""

import json
import time
from typing import Any

import httplib2
from django.conf import settings
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp

from provisioning.google.errors import api_error
from tokens.google.errors import ErrorKind
from tokens.google.journal import Entry, Subject, write
from tokens.google.quota import quota_headers


class JournalHttp(httplib2.Http):
    """An `httplib2.Http` that writes each exchange into the journal, redacted."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(timeout=settings.GOOGLE_TIMEOUT)
        # A redirect from an API is never expected, and would carry the token along.
        self.follow_redirects = False
        self._subject = subject

    def request(self, uri: str, method: str = "GET", body: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]  # the library passes more than the stubs know
        """Send, write down what was said, and hand the answer on."""
        kwargs["headers"] = {**(kwargs.get("headers") or {}), **quota_headers(method)}
        started = time.monotonic()
        response: httplib2.Response | None = None
        content = b""
        failure = ""
        try:
            response, content = super().request(uri, method, body, **kwargs)
            failure = _failure(response, content)
        except TimeoutError:
            failure = ErrorKind.TIMEOUT.value
            raise
        except (OSError, httplib2.HttpLib2Error):
            failure = ErrorKind.NETWORK.value
            raise
        finally:
            entry = Entry(
                method=method,
                url=uri,
                request_headers=kwargs["headers"],
                request_body=_json(body),
                status=response.status if response else None,
                response_headers=_headers(response),
                response_body=_json(content),
                duration_ms=round((time.monotonic() - started) * 1000),
                error=failure,
            )
            write(self._subject, entry)
        return response, content


def authorized(token: str, subject: Subject) -> AuthorizedHttp:
    """A fresh HTTP object for one call.

    A shared one mixes up answers between threads, and so between tenants
    (contract §11). Refreshing is not its business: a 401 comes back as it is.
    """
    credentials = Credentials(token)  # type: ignore[no-untyped-call]  # untyped constructor
    return AuthorizedHttp(credentials, JournalHttp(subject), refresh_status_codes=())


def _failure(response: httplib2.Response, content: bytes) -> str:
    if response.status < 300:
        return ""
    return api_error(response.status, content, response).kind.value


def _headers(response: httplib2.Response | None) -> dict[str, str]:
    # httplib2 puts the status and its own notes, which begin with a dash, among the headers.
    return {name: value for name, value in (response or {}).items() if name != "status"}


def _json(raw: Any) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return None
