"""The `v3` backend: Universal Analytics, for whoever Google still serves it (contract §0, §3)."""

from collections.abc import Iterable

from provisioning.analytics.google.backend import AccountSpec, Made
from provisioning.analytics.google.moments import by_our_clock
from provisioning.analytics.google.v3_api import LegacyItem, V3Api
from provisioning.analytics.objects import SeenAccount
from tokens.exchanges.recording import Subject
from tokens.google.errors import ErrorKind, GoogleError, Trouble

DEFAULT_ZONE = "America/Los_Angeles"


class V3:
    """One ticket for account, web property and view; afterwards they are only looked for."""

    def __init__(self, token: str, subject: Subject) -> None:
        self._api = V3Api(token, subject)

    def create_ticket(self, spec: AccountSpec, redirect_uri: str) -> str:
        """Ask for a ticket; returns Google's id of it."""
        return self._api.create_ticket(
            {
                "account": {"name": spec.account_name},
                "webproperty": {"name": spec.property_name, "websiteUrl": spec.website_url},
                "profile": {
                    "name": spec.stream_name,
                    "timezone": spec.time_zone or DEFAULT_ZONE,
                },
                "redirectUri": redirect_uri,
            }
        )

    def accounts(self) -> list[SeenAccount]:
        """Every account that the connection can see."""
        return [
            SeenAccount(item.id, item.name, by_our_clock(item.created))
            for item in self._api.accounts()
        ]

    def ensure_property(self, account_id: str, spec: AccountSpec) -> Made:
        """The web property that came with the account; its id is what the tag carries."""
        found = _named(spec.property_name, self._api.properties(account_id))
        return Made(found.id, found.id)

    def ensure_stream(self, account_id: str, property_id: str, spec: AccountSpec) -> Made:
        """The view that came with the account."""
        found = _named(spec.stream_name, self._api.views(account_id, property_id))
        return Made(found.id, property_id)


def _named(name: str, items: Iterable[LegacyItem]) -> LegacyItem:
    """The item of this name.

    Raises:
        GoogleError: it is not listed yet. It came with the account, so it will be.
    """
    for item in items:
        if item.name == name:
            return item
    raise GoogleError(Trouble(ErrorKind.NOT_LISTED, message=f"“{name}” is not listed"))
