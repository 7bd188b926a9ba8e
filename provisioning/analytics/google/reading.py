"""What stands in an API's answer, or the news that it cannot be read.

An answer is whatever came with status 200: a field may be missing, or be of another kind than
Google's discovery documents say, and a list may have pages without end.
"""

from collections.abc import Callable, Iterator
from typing import Any

from tokens.google import plausible
from tokens.google.errors import ErrorKind, GoogleError, Trouble

_LONGEST = 1_000
# A hundred thousand accounts at 200 a page; nobody has so many.
_MOST_PAGES = 500


def text_of(item: dict[str, Any], name: str) -> str:
    """A field that has to be there.

    Raises:
        GoogleError: it is not, or is no text or number (`malformed_answer`).
    """
    value = item.get(name)
    if value is None or isinstance(value, dict | list):
        raise unreadable(name)
    return plausible.text(value, _LONGEST)


def words_of(item: dict[str, Any], name: str) -> str:
    """A field that may be missing; then it is empty."""
    return text_of(item, name) if item.get(name) is not None else ""


def id_of(item: dict[str, Any], name: str) -> str:
    """The last part of a resource name, as `properties/123` has it."""
    return text_of(item, name).rpartition("/")[2]


def items_of(item: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list; a list without any is left out of Google's answers.

    Raises:
        GoogleError: it is no list of objects (`malformed_answer`).
    """
    found = item.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise unreadable(name)
    return found


def object_of(item: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that may be missing; then it is empty."""
    found = item.get(name) or {}
    if not isinstance(found, dict):
        raise unreadable(name)
    return found


def pages(
    listing: Any, first: Any, send: Callable[[Any], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The answers to `first` and to all that it leads to.

    Raises:
        GoogleError: there is no end to them (`malformed_answer`), and whatever `send` raises.
    """
    call = first
    for _ in range(_MOST_PAGES):
        answer = send(call)
        yield answer
        call = listing.list_next(call, answer)
        if call is None:
            return
    raise unreadable("nextPageToken")


def unreadable(name: str) -> GoogleError:
    """An answer in which a field is missing or of another kind."""
    return GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER, 200, message=name))
