"""Page tokens of the Admin API: pageSize 50, at most 200 (contract §4.4)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from tests.emulator import errors
from tests.emulator.admin_api import Call

DEFAULT = 50
LARGEST = 200


def page_of(call: Call, field: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Cut one page out of a list; an empty list gives ``{}``, as at Google."""
    size = page_size(call.query("pageSize"))
    start = offset(field, call.query("pageToken"))
    answer: dict[str, Any] = {}
    if items[start : start + size]:
        answer[field] = items[start : start + size]
    if start + size < len(items):
        answer["nextPageToken"] = write_token(field, start + size)
    return answer


def page_size(text: str | None) -> int:
    """Read the page size; too large is cut, nonsense is refused."""
    try:
        size = int(text or 0)
    except ValueError as error:
        raise errors.invalid_argument("Invalid value at 'page_size'", "page_size") from error
    if size < 0:
        raise errors.invalid_argument("page_size must not be negative", "page_size")
    return min(size or DEFAULT, LARGEST)


def write_token(field: str, start: int) -> str:
    """An opaque token for the next page."""
    return base64.urlsafe_b64encode(f"{field}:{start}".encode()).decode()


def offset(field: str, token: str | None) -> int:
    """Read a token that this list has issued."""
    if not token:
        return 0
    try:
        name, _, start = base64.urlsafe_b64decode(token).decode().partition(":")
        if name == field:
            return int(start)
    except (binascii.Error, ValueError) as error:
        raise errors.invalid_argument("Invalid page token", "page_token") from error
    raise errors.invalid_argument("Invalid page token", "page_token")
