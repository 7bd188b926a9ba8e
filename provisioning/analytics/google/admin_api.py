"""The Google Analytics Admin API v1beta, as far as the portal uses it (contract §4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from provisioning.analytics.google.calls import collection, send
from provisioning.analytics.google.quotas import GA4_PAGE
from provisioning.analytics.google.reading import (
    id_of,
    items_of,
    object_of,
    pages,
    text_of,
    words_of,
)
from tokens.exchanges.recording import Subject


@dataclass(frozen=True, slots=True)
class Account:
    """An Analytics account that the Google account can see."""

    account_id: str
    display_name: str
    created: str


@dataclass(frozen=True, slots=True)
class Property:
    """A GA4 property."""

    property_id: str
    display_name: str


@dataclass(frozen=True, slots=True)
class WebStream:
    """A web data stream with the measurement id of its tag."""

    stream_id: str
    default_uri: str
    measurement_id: str


class AdminApi:
    """The API, called with one access token for one subject.

    Every method raises GoogleError and nothing else. Writes are sent once: what
    to do after an unclear answer is decided by the caller, who can look first.
    """

    def __init__(self, token: str, subject: Subject) -> None:
        self._token = token
        self._subject = subject

    def create_ticket(self, *, display_name: str, region_code: str, redirect_uri: str) -> str:
        """Ask for an account ticket; returns its id (contract §4.1)."""
        account = {"displayName": display_name, "regionCode": region_code}
        body = {"account": account, "redirectUri": redirect_uri}
        answer = self._send(admin_collection("accounts").provisionAccountTicket(body=body))
        return text_of(answer, "accountTicketId")

    def accounts(self) -> Iterator[Account]:
        """All accounts that the Google account can see, page by page."""
        listing = admin_collection("accounts")
        for answer in pages(listing, listing.list(pageSize=GA4_PAGE), self._send):
            yield from map(_account, items_of(answer, "accounts"))

    def properties(self, account_id: str) -> Iterator[Property]:
        """All properties of an account."""
        listing = admin_collection("properties")
        first = listing.list(filter=f"parent:accounts/{account_id}", pageSize=GA4_PAGE)
        for answer in pages(listing, first, self._send):
            yield from map(_property, items_of(answer, "properties"))

    def create_property(self, *, account_id: str, display_name: str, time_zone: str) -> Property:
        body = {
            "parent": f"accounts/{account_id}",
            "displayName": display_name,
            "timeZone": time_zone,
        }
        return _property(self._send(admin_collection("properties").create(body=body)))

    def web_streams(self, property_id: str) -> Iterator[WebStream]:
        """All web data streams of a property."""
        listing = admin_collection("properties", "dataStreams")
        first = listing.list(parent=f"properties/{property_id}", pageSize=GA4_PAGE)
        for answer in pages(listing, first, self._send):
            for item in items_of(answer, "dataStreams"):
                if item.get("type") == "WEB_DATA_STREAM":
                    yield _stream(item)

    def create_web_stream(
        self, *, property_id: str, display_name: str, default_uri: str
    ) -> WebStream:
        """Create a web data stream."""
        body = {
            "type": "WEB_DATA_STREAM",
            "displayName": display_name,
            "webStreamData": {"defaultUri": default_uri},
        }
        streams = admin_collection("properties", "dataStreams")
        return _stream(self._send(streams.create(parent=f"properties/{property_id}", body=body)))

    def event_retention(self, property_id: str) -> str:
        """For how long events of a property are kept, as Google names it."""
        name = f"properties/{property_id}/dataRetentionSettings"
        answer = self._send(admin_collection("properties").getDataRetentionSettings(name=name))
        return words_of(answer, "eventDataRetention")

    def set_event_retention(self, property_id: str, period: str) -> None:
        """Keep events of a property for `period`."""
        name = f"properties/{property_id}/dataRetentionSettings"
        call = admin_collection("properties").updateDataRetentionSettings(
            name=name, updateMask="eventDataRetention", body={"eventDataRetention": period}
        )
        self._send(call)

    def _send(self, call: Any) -> dict[str, Any]:
        return send(call, self._token, self._subject)


def admin_collection(*names: str, version: str = "v1beta") -> Any:
    """A collection of the Admin API, where it is served now."""
    return collection("analyticsadmin", version, settings.GOOGLE_ADMIN_API_URL, *names)


def _account(item: dict[str, Any]) -> Account:
    return Account(id_of(item, "name"), words_of(item, "displayName"), words_of(item, "createTime"))


def _property(item: dict[str, Any]) -> Property:
    return Property(id_of(item, "name"), words_of(item, "displayName"))


def _stream(item: dict[str, Any]) -> WebStream:
    data = object_of(item, "webStreamData")
    return WebStream(
        id_of(item, "name"), words_of(data, "defaultUri"), words_of(data, "measurementId")
    )
