"""The Provisioning and Management API v3, as far as the portal uses them (contract §3, §5)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from provisioning.analytics.google.calls import collection, send
from provisioning.analytics.google.quotas import V3_PAGE
from provisioning.analytics.google.reading import items_of, text_of, unreadable, words_of
from tokens.exchanges.recording import Subject
from tokens.google import plausible
from tokens.google.errors import ErrorKind, GoogleError, Trouble

# In v3 somebody without any account is refused; in truth the list is empty (contract §5).
_NO_ACCOUNT = "does not have any Google Analytics account"
# Since July 2024 Google answers calls that concern no account in these ways (contract §0).
_GONE = frozenset({ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND, ErrorKind.API_DISABLED})

# Nobody has so many of anything: a list that goes on is no list.
_MOST_ITEMS = 500_000


@dataclass(frozen=True, slots=True)
class LegacyItem:
    """An account, web property or view: v3 shows all three with an id and a name."""

    id: str
    name: str
    created: str


class V3Api:
    """The API, called with one access token for one subject. Raises GoogleError and nothing else.

    The ticket is the only write, and it is sent once.
    """

    def __init__(self, token: str, subject: Subject) -> None:
        self._token = token
        self._subject = subject

    def create_ticket(self, body: dict[str, Any]) -> str:
        """Ask for an account ticket; returns its id."""
        call = _of("provisioning").createAccountTicket(body=body)
        return text_of(self._send_or_gone(call), "id")

    def accounts(self) -> Iterator[LegacyItem]:
        """All accounts that the Google account can see, page by page."""
        for item in self._visible(_of("management", "accounts")):
            yield _item(item)

    def account_summaries(self) -> Iterator[dict[str, Any]]:
        """All accounts that the Google account can see, each with its web properties."""
        return self._visible(_of("management", "accountSummaries"))

    def _visible(self, listing: Any) -> Iterator[dict[str, Any]]:
        """The items of a list that concerns no single account; empty where there is none."""
        try:
            yield from _all_items(listing, self._send_or_gone)
        except GoogleError as error:
            if _NO_ACCOUNT not in error.trouble.message:
                raise

    def properties(self, account_id: str) -> Iterator[LegacyItem]:
        """All web properties of an account."""
        listing = _of("management", "webproperties")
        return map(_item, _all_items(listing, self._send, accountId=account_id))

    def views(self, account_id: str, property_id: str) -> Iterator[LegacyItem]:
        """All views of a web property."""
        listing = _of("management", "profiles")
        place = {"accountId": account_id, "webPropertyId": property_id}
        return map(_item, _all_items(listing, self._send, **place))

    def _send(self, call: Any) -> dict[str, Any]:
        return send(call, self._token, self._subject)

    def _send_or_gone(self, call: Any) -> dict[str, Any]:
        try:
            return self._send(call)
        except GoogleError as error:
            trouble = error.trouble
            if trouble.kind not in _GONE or _NO_ACCOUNT in trouble.message:
                raise
            gone = Trouble(ErrorKind.API_GONE, trouble.status, trouble.code, trouble.message)
            raise GoogleError(gone) from error


def _of(*names: str) -> Any:
    """A collection of the API, where it is served now."""
    return collection("analytics", "v3", settings.GOOGLE_V3_API_URL, *names)


def _item(item: dict[str, Any]) -> LegacyItem:
    return LegacyItem(text_of(item, "id"), words_of(item, "name"), words_of(item, "created"))


def _all_items(
    listing: Any, send: Callable[[Any], dict[str, Any]], **place: str
) -> Iterator[dict[str, Any]]:
    """What is on all pages of a list: v3 counts from 1 and says how many there are."""
    start = 1
    while start <= _MOST_ITEMS:
        call = listing.list(**place, start_index=start, max_results=V3_PAGE)
        answer = send(call)
        items = items_of(answer, "items")
        yield from items
        start += len(items)
        if not items or start > (plausible.number(answer.get("totalResults")) or 0):
            return
    raise unreadable("totalResults")
