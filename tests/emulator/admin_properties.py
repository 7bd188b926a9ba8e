"""GA4 properties (contract §4.4)."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from tests.emulator import clock, errors
from tests.emulator.admin_accounts import account_of, can_see
from tests.emulator.admin_api import Call, Method
from tests.emulator.admin_fields import masked_changes, put, require_text
from tests.emulator.paging import page_of
from tests.emulator.state import Property

SETTABLE = {
    "display_name": "displayName",
    "industry_category": "industryCategory",
    "time_zone": "timeZone",
    "currency_code": "currencyCode",
}
ORDINARY = "PROPERTY_TYPE_ORDINARY"
TRASH_DAYS = 35
DAY = 86400


@cache
def time_zones() -> frozenset[str]:
    """All IANA names; finding them walks the disk, so once is enough."""
    return frozenset(available_timezones())


def property_of(call: Call) -> Property:
    """Return the property of the path, or the 403 that hides whether it exists."""
    prop = call.state.properties.get(call.part("property"))
    account = call.state.accounts.get(prop.account_id) if prop else None
    if prop is None or account is None or not can_see(call, account):
        raise errors.no_permission()
    return prop


def living_property(call: Call) -> Property:
    """Return a property that is not in the trash."""
    prop = property_of(call)
    if prop.deleted_at is not None:
        raise errors.ApiError(400, "FAILED_PRECONDITION", "The property is in the trash.")
    return prop


def show(prop: Property) -> dict[str, Any]:
    """A Property as the API shows it."""
    account = f"accounts/{prop.account_id}"
    body: dict[str, Any] = {
        "name": f"properties/{prop.id}",
        "parent": account,
        "account": account,
        "createTime": clock.rfc3339(prop.created_at),
        "updateTime": clock.rfc3339(prop.updated_at),
        "serviceLevel": "GOOGLE_ANALYTICS_STANDARD",
        **prop.body,
    }
    if prop.deleted_at is not None:
        body["deleteTime"] = clock.rfc3339(prop.deleted_at)
        body["expireTime"] = clock.rfc3339(prop.deleted_at + TRASH_DAYS * DAY)
    return body


def create_property(call: Call) -> dict[str, Any]:
    """properties.create."""
    if call.hit("property-503") is not None:
        raise errors.unavailable()
    parent = require_text(call.body, "parent", "property.parent", 100)
    account = account_of(call, parent.removeprefix("accounts/"))
    body = checked_fields({name: call.body.get(name) for name in SETTABLE.values()})
    body["propertyType"] = call.body.get("propertyType", ORDINARY)
    refuse_beyond_limit(call, account.id)
    number = call.state.take_id()
    prop = Property(number, account.id, body, call.now, call.now)
    call.state.properties[number] = prop
    return show(prop)


def checked_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Check the fields a caller may set; absent ones are left out or get a default."""
    body = {name: value for name, value in fields.items() if value is not None}
    require_text(body, "displayName", "property.display_name", 100)
    if require_text(body, "timeZone", "property.time_zone", 100) not in time_zones():
        text = "The property.time_zone field is not an IANA time zone."
        raise errors.invalid_argument(text, "property.time_zone")
    body.setdefault("currencyCode", "USD")
    code = body["currencyCode"]
    if not (len(code) == 3 and code.isalpha() and code.isupper()):
        text = "The property.currency_code field is not an ISO 4217 code."
        raise errors.invalid_argument(text, "property.currency_code")
    return body


def refuse_beyond_limit(call: Call, account_id: str) -> None:
    """An account holds so many properties and no more (contract §14.43)."""
    count = len(living(call, account_id))
    if count >= call.state.limits.property_limit or call.hit("property-limit") is not None:
        raise errors.exhausted("The account has reached its limit of properties.")


def living(call: Call, account_id: str, *, deleted: bool = False) -> list[Property]:
    """The properties of an account."""
    return [
        p
        for p in call.state.properties.values()
        if p.account_id == account_id and (deleted or p.deleted_at is None)
    ]


def get_property(call: Call) -> dict[str, Any]:
    """properties.get; a trashed property is still shown."""
    return show(property_of(call))


def list_properties(call: Call) -> dict[str, Any]:
    """properties.list; a filter is required."""
    kind, _, value = (call.query("filter") or "").partition(":")
    if kind not in ("parent", "ancestor", "firebase_project") or not value:
        raise errors.invalid_argument("The filter field is required.", "filter")
    if kind == "firebase_project":
        return {}
    account = account_of(call, value.removeprefix("accounts/"))
    deleted = call.query("showDeleted") == "true"
    found = living(call, account.id, deleted=deleted)
    return page_of(call, "properties", [show(prop) for prop in found])


def patch_property(call: Call) -> dict[str, Any]:
    """properties.patch with an update mask."""
    prop = living_property(call)
    fields = {name: prop.body.get(name) for name in SETTABLE.values()}
    put(fields, masked_changes(call, SETTABLE))
    prop.body = checked_fields(fields) | {"propertyType": prop.body["propertyType"]}
    prop.updated_at = call.now
    return show(prop)


def delete_property(call: Call) -> dict[str, Any]:
    """properties.delete moves to the trash and shows when it will be gone."""
    prop = living_property(call)
    prop.deleted_at = prop.updated_at = call.now
    return show(prop)


ONE = r"properties/{property:\d+}"
METHODS = [
    Method("POST", "properties", create_property, "Property", "Property"),
    Method("GET", "properties", list_properties, "ListPropertiesResponse"),
    Method("GET", ONE, get_property, "Property"),
    Method("PATCH", ONE, patch_property, "Property", "Property"),
    Method("DELETE", ONE, delete_property, "Property"),
]
