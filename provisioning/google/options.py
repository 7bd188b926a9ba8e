"""What may be set up besides: how long events are kept, and who else has access (contract §4.4)."""

from typing import Any

from provisioning.google.admin_api import AdminApi, admin_collection
from provisioning.google.calls import send
from provisioning.google.dialect import Made
from provisioning.google.quotas import GA4_PAGE
from tokens.google.journal import Subject


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
        call = bindings.list(parent=parent, pageSize=GA4_PAGE)
        while call is not None:
            answer = send(call, self._token, self._subject)
            for found in answer.get("accessBindings", []):
                if str(found.get("user", "")).casefold() == email.casefold():
                    return Made(_id(found))
            call = bindings.list_next(call, answer)
        body = {"user": email, "roles": [f"predefinedRoles/{role}"]}
        made = send(bindings.create(parent=parent, body=body), self._token, self._subject)
        return Made(_id(made))


def _id(binding: dict[str, Any]) -> str:
    return str(binding.get("name", "")).rpartition("/")[2]
