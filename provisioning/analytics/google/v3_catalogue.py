"""What exists in Universal Analytics, read through the Management API v3 (contract §5)."""

from typing import Any

from provisioning.analytics.google.catalogue import ListedAccount, ListedProperty, ListedStream
from provisioning.analytics.google.reading import items_of, text_of, words_of
from provisioning.analytics.google.v3_api import V3Api
from tokens.exchanges.recording import Subject


class V3Catalogue:
    """Accounts and web properties by their summaries, views by their web property."""

    def __init__(self, token: str, subject: Subject) -> None:
        self._api = V3Api(token, subject)

    def accounts(self) -> list[ListedAccount]:
        """Everything that the Google account can see, however many pages it takes."""
        return [_account(item) for item in self._api.account_summaries()]

    def streams(self, account_id: str, prop: ListedProperty) -> list[ListedStream]:
        """The views of a web property. The tag carries the id of the property."""
        return [
            ListedStream(view.id, view.name or view.id, prop.website_url, prop.measurement_id)
            for view in self._api.views(account_id, prop.property_id)
        ]


def _account(item: dict[str, Any]) -> ListedAccount:
    properties = tuple(
        ListedProperty(
            property_id=text_of(child, "id"),
            name=words_of(child, "name"),
            website_url=words_of(child, "websiteUrl"),
            measurement_id=text_of(child, "id"),
        )
        for child in items_of(item, "webProperties")
    )
    return ListedAccount(text_of(item, "id"), words_of(item, "name"), properties)
