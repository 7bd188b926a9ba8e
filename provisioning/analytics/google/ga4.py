"""The `ga4` backend: the Admin API, the only one that live Google still serves (contract §0)."""

from provisioning.analytics.google.admin_api import AdminApi
from provisioning.analytics.google.backend import AccountSpec, Made
from provisioning.analytics.google.moments import by_our_clock
from provisioning.analytics.objects import SeenAccount
from tokens.exchanges.recording import Subject


class Ga4:
    """Ticket for the account; property and web stream are further calls."""

    def __init__(self, token: str, subject: Subject) -> None:
        self._api = AdminApi(token, subject)

    def create_ticket(self, spec: AccountSpec, redirect_uri: str) -> str:
        """Ask for a ticket; returns Google's id of it."""
        return self._api.create_ticket(
            display_name=spec.account_name,
            region_code=spec.region_code,
            redirect_uri=redirect_uri,
        )

    def accounts(self) -> list[SeenAccount]:
        """Every account that the connection can see."""
        return [
            SeenAccount(item.account_id, item.display_name, by_our_clock(item.created))
            for item in self._api.accounts()
        ]

    def ensure_property(self, account_id: str, spec: AccountSpec) -> Made:
        """The property of this name in the account, created unless it is there.

        Looking first makes it safe to repeat after a lost answer. The account
        is new and ours, so a property of the same name can only be ours too.
        """
        for found in self._api.properties(account_id):
            if found.display_name == spec.property_name:
                return Made(found.property_id)
        made = self._api.create_property(
            account_id=account_id, display_name=spec.property_name, time_zone=spec.time_zone
        )
        return Made(made.property_id)

    def ensure_stream(self, account_id: str, property_id: str, spec: AccountSpec) -> Made:
        """The web stream of this website in the property, created unless it is there."""
        del account_id  # the Admin API finds a property by its own id
        for found in self._api.web_streams(property_id):
            if found.default_uri == spec.website_url:
                return Made(found.stream_id, found.measurement_id)
        made = self._api.create_web_stream(
            property_id=property_id, display_name=spec.stream_name, default_uri=spec.website_url
        )
        return Made(made.stream_id, made.measurement_id)
