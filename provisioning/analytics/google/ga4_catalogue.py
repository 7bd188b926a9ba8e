"""What exists in Google Analytics 4, read through the Admin API (contract §4.4)."""

from typing import Any

from provisioning.analytics.google.admin_api import AdminApi, admin_collection
from provisioning.analytics.google.calls import send
from provisioning.analytics.google.catalogue import ListedAccount, ListedProperty, ListedStream
from provisioning.analytics.google.quotas import GA4_PAGE
from provisioning.analytics.google.reading import id_of, items_of, pages, words_of
from tokens.exchanges.recording import Subject


class Ga4Catalogue:
    """Accounts and properties by their summaries, streams by their property."""

    def __init__(self, token: str, subject: Subject) -> None:
        self._token = token
        self._subject = subject
        self._admin = AdminApi(token, subject)

    def accounts(self) -> list[ListedAccount]:
        """Everything that the Google account can see, however many pages it takes."""
        listing = admin_collection("accountSummaries")
        return [
            _account(item)
            for answer in pages(listing, listing.list(pageSize=GA4_PAGE), self._send)
            for item in items_of(answer, "accountSummaries")
        ]

    def streams(self, account_id: str, prop: ListedProperty) -> list[ListedStream]:
        """The web streams of a property."""
        del account_id  # the Admin API finds a property by its own id
        return [
            ListedStream(
                one.stream_id, one.default_uri or one.stream_id, one.default_uri, one.measurement_id
            )
            for one in self._admin.web_streams(prop.property_id)
        ]

    def _send(self, call: Any) -> dict[str, Any]:
        return send(call, self._token, self._subject)


def _account(item: dict[str, Any]) -> ListedAccount:
    properties = tuple(
        ListedProperty(id_of(child, "property"), words_of(child, "displayName"))
        for child in items_of(item, "propertySummaries")
    )
    return ListedAccount(id_of(item, "account"), words_of(item, "displayName"), properties)
