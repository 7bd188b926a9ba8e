"""The IAM API's methods for the keys of service accounts (contract §8)."""

import base64
import binascii
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings

from tokens.exchanges.recording import Entry, Subject, write
from tokens.google.errors import ErrorKind, GoogleError, Trouble, reason_of
from tokens.google.plausible import text
from tokens.google.transport import Answer, run, send

# User-managed keys that Google keeps for one service account.
LIMIT = 10
# What `Trouble.code` says of a creation that Google refuses.
POLICY = "disableServiceAccountKeyCreation"
PRECONDITION = "FAILED_PRECONDITION"
_KINDS = {
    400: ErrorKind.INVALID,
    401: ErrorKind.UNAUTHENTICATED,
    403: ErrorKind.FORBIDDEN,
    404: ErrorKind.NOT_FOUND,
    429: ErrorKind.RATE_LIMITED,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose keys, by which access token, for whom."""

    email: str
    subject: Subject
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A user-managed key as Google lists it."""

    kid: str
    since: datetime


def list_keys(caller: Caller) -> list[ListedKey]:
    """All user-managed keys, oldest first.

    Raises:
        GoogleError: Google refused it or did not answer.
    """
    body = _ask(caller, "GET", "?keyTypes=USER_MANAGED")
    try:
        found = [_listed(key) for key in body.get("keys", [])]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER)) from error
    return sorted(found, key=lambda key: (key.since, key.kid))


def create_key(caller: Caller) -> bytes:
    """Make a key; returns its file, which Google gives out this once.

    Raises:
        GoogleError: Google refused it or did not answer.
    """
    body = _ask(caller, "POST", "")
    try:
        return base64.b64decode(body["privateKeyData"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER)) from error


def disable_key(caller: Caller, kid: str) -> None:
    """Make a key useless, until it is enabled again. Twice does no harm.

    Raises:
        GoogleError: Google refused it or did not answer.
    """
    _unless_gone(caller, "POST", f"/{kid}:disable")


def delete_key(caller: Caller, kid: str) -> None:
    """End a key for good. One that is gone already counts as deleted.

    Raises:
        GoogleError: Google refused it or did not answer.
    """
    _unless_gone(caller, "DELETE", f"/{kid}")


def _unless_gone(caller: Caller, method: str, path: str) -> None:
    try:
        _ask(caller, method, path)
    except GoogleError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise


def _listed(key: dict[str, Any]) -> ListedKey:
    since = datetime.fromisoformat(key["validAfterTime"])
    since = since.astimezone(UTC) if since.tzinfo else since.replace(tzinfo=UTC)
    return ListedKey(text(key["name"], 500).rpartition("/")[2], since)


def _ask(caller: Caller, method: str, path: str) -> dict[str, Any]:
    root = settings.GOOGLE_IAM_API_URL.rstrip("/")
    url = f"{root}/v1/projects/-/serviceAccounts/{quote(caller.email)}/keys{path}"
    headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": "application/json"}
    started = time.monotonic()
    try:
        answer = run(send(method, url, headers=headers))
    except GoogleError as error:
        spent = round((time.monotonic() - started) * 1000)
        status = error.trouble.status
        write(caller.subject, Entry(method, url, None, status, None, spent, error.kind, headers))
        raise
    trouble = _trouble(answer)
    kind = trouble.kind.value if trouble else ""
    spent, body = answer.duration_ms, answer.body
    entry = Entry(method, url, None, answer.status, body, spent, kind, headers, answer.headers)
    write(caller.subject, entry)
    if trouble:
        raise GoogleError(trouble)
    return body or {}


def _trouble(answer: Answer) -> Trouble | None:
    if answer.status == 200:
        return None if answer.body is not None else Trouble(ErrorKind.MALFORMED_ANSWER)
    kind = _KINDS.get(answer.status, ErrorKind.UNAVAILABLE)
    if reason_of(answer.body) == "SERVICE_DISABLED":
        kind = ErrorKind.API_DISABLED
    return Trouble(kind, answer.status, _code(answer.body), retry_after=answer.retry_after)


def _code(body: dict[str, Any] | None) -> str:
    error = (body or {}).get("error")
    if not isinstance(error, dict):
        return ""
    return POLICY if POLICY in str(error.get("details", "")) else text(error.get("status", ""), 60)
