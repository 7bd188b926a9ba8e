"""What exists at Google already: accounts, their properties, and the streams of one property.

Each backend has a catalogue of its own; a view of v3 stands where GA4 has a web stream.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from accounts.values.text import search_key
from tokens.exchanges.recording import Subject


@dataclass(frozen=True, slots=True)
class ListedProperty:
    """A property that an account has; in v3 it is the property that has website and tag."""

    property_id: str
    name: str
    website_url: str = ""
    measurement_id: str = ""


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account that the Google account can see, with its properties."""

    account_id: str
    name: str
    properties: tuple[ListedProperty, ...]

    def has_words(self, words: str) -> bool:
        """Whether its names or ids contain the words."""
        pairs = ((self.name, self.account_id), *((p.name, p.property_id) for p in self.properties))
        return any(search_key(words) in search_key(text) for pair in pairs for text in pair)


@dataclass(frozen=True, slots=True)
class ListedStream:
    """A web stream, or a view."""

    stream_id: str
    name: str
    website_url: str
    measurement_id: str


class Catalogue(Protocol):
    """One backend's lists, read with one access token. All methods raise GoogleError."""

    def accounts(self) -> list[ListedAccount]:
        """Everything that the Google account can see, however many pages it takes."""
        ...

    def streams(self, account_id: str, prop: ListedProperty) -> list[ListedStream]:
        """The web streams, or views, of a property of this account."""
        ...


OpenCatalogue = Callable[[str, Subject], Catalogue]
