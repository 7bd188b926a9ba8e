"""What exists at Google already: accounts, their properties, and the streams of one property."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from provisioning.google.admin_api import AdminApi, WebStream

_PAGE = 200


@dataclass(frozen=True, slots=True)
class ListedProperty:
    """A property that an account has."""

    property_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account that the Google account can see, with its properties."""

    account_id: str
    name: str
    properties: tuple[ListedProperty, ...]

    def has_words(self, words: str) -> bool:
        """Whether its names or ids contain the words."""
        pairs = ((self.name, self.account_id), *((p.name, p.property_id) for p in self.properties))
        return any(words.casefold() in text.casefold() for pair in pairs for text in pair)


class Catalogue(AdminApi):
    """The Admin API, read only. All methods raise GoogleError."""

    def accounts_with_properties(self) -> Iterator[ListedAccount]:
        """Everything that the Google account can see, however many pages it takes."""
        listing = self._api.accountSummaries()
        call = listing.list(pageSize=_PAGE)
        while call is not None:
            answer = self._send(call)
            for item in answer.get("accountSummaries", []):
                yield _account(item)
            call = listing.list_next(call, answer)

    def streams(self, property_id: str) -> list[WebStream]:
        """The web streams of a property."""
        return list(self.web_streams(property_id))


def _account(item: dict[str, Any]) -> ListedAccount:
    properties = tuple(
        ListedProperty(_id(child["property"]), str(child.get("displayName", "")))
        for child in item.get("propertySummaries", [])
    )
    return ListedAccount(_id(item["account"]), str(item.get("displayName", "")), properties)


def _id(name: object) -> str:
    return str(name).rpartition("/")[2]
