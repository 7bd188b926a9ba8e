"""What exists in Google Analytics 4, read through the Admin API (contract §4.4)."""

from typing import Any

from provisioning.google.admin_api import AdminApi, admin_collection
from provisioning.google.calls import send
from provisioning.google.catalogue import ListedAccount, ListedProperty, ListedStream
from provisioning.google.quotas import GA4_PAGE
from tokens.google.journal import Subject


class Ga4Catalogue:
    """Accounts and properties by their summaries, streams by their property."""

    def __init__(self, token: str, subject: Subject) -> None:
        self._token = token
        self._subject = subject
        self._admin = AdminApi(token, subject)

    def accounts(self) -> list[ListedAccount]:
        """Everything that the Google account can see, however many pages it takes."""
        listing = admin_collection("accountSummaries")
        call = listing.list(pageSize=GA4_PAGE)
        found: list[ListedAccount] = []
        while call is not None:
            answer = send(call, self._token, self._subject)
            found += [_account(item) for item in answer.get("accountSummaries", [])]
            call = listing.list_next(call, answer)
        return found

    def streams(self, account_id: str, prop: ListedProperty) -> list[ListedStream]:
        """The web streams of a property."""
        del account_id  # the Admin API finds a property by its own id
        return [
            ListedStream(
                one.stream_id, one.default_uri or one.stream_id, one.default_uri, one.measurement_id
            )
            for one in self._admin.web_streams(prop.property_id)
        ]


def _account(item: dict[str, Any]) -> ListedAccount:
    properties = tuple(
        ListedProperty(_id(child["property"]), str(child.get("displayName", "")))
        for child in item.get("propertySummaries", [])
    )
    return ListedAccount(_id(item["account"]), str(item.get("displayName", "")), properties)


def _id(name: object) -> str:
    return str(name).rpartition("/")[2]
