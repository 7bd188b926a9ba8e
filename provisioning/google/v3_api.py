"""The Provisioning and Management API v3, as far as the portal uses them (contract §3, §5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from provisioning.google.calls import collection, send
from provisioning.google.quotas import V3_PAGE
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.journal import Subject

# In v3 somebody without any account is refused; in truth the list is empty (contract §5).
_NO_ACCOUNT = "does not have any Google Analytics account"
# Since July 2024 Google answers calls that concern no account in these ways (contract §0).
_GONE = frozenset({ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND, ErrorKind.API_DISABLED})


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
        return str(self._send_or_gone(call)["id"])

    def accounts(self) -> Iterator[LegacyItem]:
        """All accounts that the Google account can see, page by page."""
        for item in self._visible(_of("management", "accounts")):
            yield _item(item)

    def account_summaries(self) -> Iterator[dict[str, Any]]:
        """All accounts that the Google account can see, each with its web properties."""
        return self._visible(_of("management", "accountSummaries"))

    def _visible(self, listing: Any) -> Iterator[dict[str, Any]]:
        """The items of a list that concerns no single account; empty where there is none."""
        call = listing.list(max_results=V3_PAGE)
        while call is not None:
            try:
                answer = self._send_or_gone(call)
            except GoogleError as error:
                if _NO_ACCOUNT in error.trouble.message:
                    return
                raise
            yield from answer.get("items", [])
            call = _next(listing, answer)

    def properties(self, account_id: str) -> Iterator[LegacyItem]:
        """All web properties of an account."""
        listing = _of("management", "webproperties")
        call = listing.list(accountId=account_id, max_results=V3_PAGE)
        while call is not None:
            answer = send(call, self._token, self._subject)
            yield from _items(answer)
            call = _next(listing, answer, accountId=account_id)

    def views(self, account_id: str, property_id: str) -> Iterator[LegacyItem]:
        """All views of a web property."""
        listing = _of("management", "profiles")
        place = {"accountId": account_id, "webPropertyId": property_id}
        call = listing.list(**place, max_results=V3_PAGE)
        while call is not None:
            answer = send(call, self._token, self._subject)
            yield from _items(answer)
            call = _next(listing, answer, **place)

    def _send_or_gone(self, call: Any) -> dict[str, Any]:
        try:
            return send(call, self._token, self._subject)
        except GoogleError as error:
            trouble = error.trouble
            if trouble.kind not in _GONE or _NO_ACCOUNT in trouble.message:
                raise
            gone = Trouble(ErrorKind.API_GONE, trouble.status, trouble.code, trouble.message)
            raise GoogleError(gone) from error


def _of(*names: str) -> Any:
    """A collection of the API, where it is served now."""
    return collection("analytics", "v3", settings.GOOGLE_V3_API_URL, *names)


def _items(answer: dict[str, Any]) -> Iterator[LegacyItem]:
    return map(_item, answer.get("items", []))


def _item(item: dict[str, Any]) -> LegacyItem:
    return LegacyItem(str(item["id"]), str(item.get("name", "")), str(item.get("created", "")))


def _next(listing: Any, answer: dict[str, Any], **place: str) -> Any:
    """The call for the next page: v3 counts from 1 and says how many there are."""
    start = int(answer.get("startIndex", 1)) + len(answer.get("items", []))
    if not answer.get("items") or start > int(answer.get("totalResults", 0)):
        return None
    return listing.list(**place, start_index=start, max_results=V3_PAGE)
