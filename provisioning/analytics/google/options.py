"""What may be set up besides: how long events are kept, and who else has access (contract §4.4)."""

from typing import Any

from accounts.values.email_address import compared
from provisioning.analytics.google.admin_api import AdminApi, admin_collection
from provisioning.analytics.google.backend import Made
from provisioning.analytics.google.calls import send
from provisioning.analytics.google.quotas import GA4_PAGE
from provisioning.analytics.google.reading import id_of, items_of, pages, words_of
from tokens.exchanges.recording import Subject


class Options:
    """Settings of what was made. Each looks before it writes; all raise GoogleError."""

    def __init__(self, token: str, subject: Subject) -> None:
        self._token = token
        self._subject = subject
        self._admin = AdminApi(token, subject)

    def ensure_retention(self, property_id: str, period: str) -> Made:
        """Events of the property are kept for `period`."""
        if self._admin.event_retention(property_id) != period:
            self._admin.set_event_retention(property_id, period)
        return Made(period)

    def ensure_access(self, account_id: str, email: str, role: str) -> Made:
        """The person has access to the account: as it is, if there is any, else with `role`.

        Only v1alpha knows of access, and asks for a scope of its own.
        """
        bindings = admin_collection("accounts", "accessBindings", version="v1alpha")
        parent = f"accounts/{account_id}"
        first = bindings.list(parent=parent, pageSize=GA4_PAGE)
        for answer in pages(bindings, first, self._send):
            for found in items_of(answer, "accessBindings"):
                if compared(words_of(found, "user")) == compared(email):
                    return Made(id_of(found, "name"))
        body = {"user": email, "roles": [f"predefinedRoles/{role}"]}
        return Made(id_of(self._send(bindings.create(parent=parent, body=body)), "name"))

    def _send(self, call: Any) -> dict[str, Any]:
        return send(call, self._token, self._subject)
