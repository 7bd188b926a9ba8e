"""Data retention and the acknowledgement of user data collection (contract §4.4)."""

from __future__ import annotations

from typing import Any

from tests.emulator import errors
from tests.emulator.admin_api import Call, Method
from tests.emulator.admin_fields import masked_changes, put
from tests.emulator.admin_properties import ONE, living_property, property_of
from tests.emulator.state import Property

DEFAULTS = {"eventDataRetention": "TWO_MONTHS", "userDataRetention": "TWO_MONTHS"}
SETTABLE = {
    "event_data_retention": "eventDataRetention",
    "user_data_retention": "userDataRetention",
    "reset_user_data_on_new_activity": "resetUserDataOnNewActivity",
}
STANDARD = ("TWO_MONTHS", "FOURTEEN_MONTHS")
ACKNOWLEDGEMENT = (
    "I acknowledge that I have the necessary privacy disclosures and rights from my end users "
    "for the collection and processing of their data, including the association of such data "
    "with the visitation information Google Analytics collects from my site and/or app property."
)


def show(prop: Property) -> dict[str, Any]:
    """DataRetentionSettings as the API shows them."""
    return {"name": f"properties/{prop.id}/dataRetentionSettings", **DEFAULTS, **prop.retention}


def get_retention(call: Call) -> dict[str, Any]:
    """properties.getDataRetentionSettings."""
    return show(property_of(call))


def patch_retention(call: Call) -> dict[str, Any]:
    """properties.updateDataRetentionSettings; long periods need the paid edition."""
    prop = living_property(call)
    changes = masked_changes(call, SETTABLE)
    for name in ("eventDataRetention", "userDataRetention"):
        if name in changes and changes[name] not in STANDARD:
            text = f"The value {changes[name]} is not available for a standard property."
            raise errors.invalid_argument(text, name)
    put(prop.retention, changes)
    return show(prop)


def acknowledge(call: Call) -> dict[str, Any]:
    """properties.acknowledgeUserDataCollection; the sentence must be the exact one."""
    prop = living_property(call)
    if call.body.get("acknowledgement") != ACKNOWLEDGEMENT:
        raise errors.invalid_argument("The acknowledgement is not exact.", "acknowledgement")
    prop.acknowledged = True
    return {}


METHODS = [
    Method("GET", f"{ONE}/dataRetentionSettings", get_retention, "DataRetentionSettings"),
    Method(
        "PATCH",
        f"{ONE}/dataRetentionSettings",
        patch_retention,
        "DataRetentionSettings",
        "DataRetentionSettings",
    ),
    Method(
        "POST",
        f"{ONE}:acknowledgeUserDataCollection",
        acknowledge,
        "AcknowledgeUserDataCollectionResponse",
        "AcknowledgeUserDataCollectionRequest",
    ),
]
