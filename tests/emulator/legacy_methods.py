"""v3's methods: an account ticket with everything in it, and the lists (contract §3, §5)."""

from __future__ import annotations

import secrets
from typing import Any
from zoneinfo import available_timezones

from tests.emulator import clock, legacy_errors
from tests.emulator.admin_accounts import can_see, count_listing, listed, visible
from tests.emulator.admin_api import Call
from tests.emulator.admin_fields import utf16_length
from tests.emulator.legacy_api import PROVISION, READS, LegacyMethod, page_of
from tests.emulator.state import Account, LegacyProperty, LegacyView, Ticket
from tests.emulator.tickets import PREFIX

DEFAULT_ZONE = "America/Los_Angeles"
# Only these may be set with a ticket; everything else is for the Management API.
SETTABLE = {
    "account": {"name"},
    "webproperty": {"name", "websiteUrl"},
    "profile": {"name", "timezone"},
}


def create_ticket(call: Call) -> dict[str, Any]:
    """provisioning.createAccountTicket."""
    if call.hit("ticket-503") is not None:
        raise legacy_errors.unavailable()
    if call.hit("ticket-429") is not None:
        raise legacy_errors.too_fast()
    wish = {part: checked(call, part) for part in SETTABLE}
    uri = str(call.body.get("redirectUri", ""))
    strict = call.state.limits.strict_ticket_redirect
    if not uri or (strict and uri not in call.client.redirect_uris):
        raise legacy_errors.bad_parameter("Invalid value for redirectUri.")
    ticket = Ticket(
        id=PREFIX + secrets.token_urlsafe(24),
        sub=call.user.sub,
        client_id=call.client.client_id,
        redirect_uri=uri,
        display_name=wish["account"]["name"],
        region_code="US",
        created_at=call.now,
        legacy=wish,
    )
    call.state.tickets[ticket.id] = ticket
    return {"id": ticket.id, "kind": "analytics#accountTicket", "redirectUri": uri, **wish}


def checked(call: Call, part: str) -> dict[str, str]:
    """The fields of one part of the ticket, complete and with its default."""
    given = call.body.get(part, {})
    extra = sorted(set(given) - SETTABLE[part])
    if extra:
        raise legacy_errors.bad_parameter(f"Field {part}.{extra[0]} cannot be set with a ticket.")
    fields = {name: str(value).strip() for name, value in given.items()}
    if part == "profile":
        fields.setdefault("timezone", DEFAULT_ZONE)
        if fields["timezone"] not in available_timezones():
            raise legacy_errors.bad_parameter("Invalid value for profile.timezone.")
    for name in sorted(SETTABLE[part]):
        if not fields.get(name):
            text = f"Required field {part}.{name} is missing."
            raise legacy_errors.LegacyError(400, "required", text)
    if utf16_length(fields["name"]) > 100:
        raise legacy_errors.bad_parameter(f"{part}.name is too long.")
    return fields


def list_accounts(call: Call) -> dict[str, Any]:
    """management.accounts.list."""
    found = visible_or_none(call)
    answer = page_of(call, "accounts", [show_account(a) for a in found])
    return listed(call, answer, more="nextLink")


def list_summaries(call: Call) -> dict[str, Any]:
    """management.accountSummaries.list: every account with its properties and their views."""
    found = visible_or_none(call)
    properties: dict[str, list[LegacyProperty]] = {}
    for prop in call.state.legacy_properties.values():
        properties.setdefault(prop.account_id, []).append(prop)
    views: dict[str, list[LegacyView]] = {}
    for view in call.state.legacy_views.values():
        views.setdefault(view.property_id, []).append(view)
    summaries = [summary(one, properties.get(one.id, []), views) for one in found]
    return listed(call, page_of(call, "accountSummaries", summaries), more="nextLink")


def visible_or_none(call: Call) -> list[Account]:
    """The accounts that the caller sees; to whom has none, v3 answers an error."""
    found = visible(call)
    if not found:
        count_listing(call)
        raise legacy_errors.no_account()
    return found


def summary(
    account: Account, properties: list[LegacyProperty], views: dict[str, list[LegacyView]]
) -> dict[str, Any]:
    """An AccountSummary; what has no property has no list of them."""
    body: dict[str, Any] = {
        "id": account.id,
        "kind": "analytics#accountSummary",
        "name": account.display_name,
    }
    if properties:
        body["webProperties"] = [
            {
                "id": prop.id,
                "kind": "analytics#webPropertySummary",
                "name": prop.name,
                "websiteUrl": prop.website_url,
                "level": "STANDARD",
                "profiles": [
                    {
                        "id": view.id,
                        "kind": "analytics#profileSummary",
                        "name": view.name,
                        "type": "WEB",
                    }
                    for view in views.get(prop.id, [])
                ],
            }
            for prop in properties
        ]
    return body


def show_account(account: Account) -> dict[str, Any]:
    """An Account as v3 shows it."""
    return {
        "id": account.id,
        "kind": "analytics#account",
        "name": account.display_name,
        "permissions": {"effective": ["COLLABORATE", "EDIT", "MANAGE_USERS", "READ_AND_ANALYZE"]},
        "created": clock.rfc3339(account.created_at),
        "updated": clock.rfc3339(account.updated_at),
    }


def seen_account(call: Call) -> Account:
    """The account of the path, or the 403 that hides whether it exists."""
    account = call.state.accounts.get(call.part("account"))
    if account is None or not can_see(call, account):
        raise legacy_errors.no_permission()
    return account


def list_properties(call: Call) -> dict[str, Any]:
    """management.webproperties.list."""
    account = seen_account(call)
    found = [p for p in call.state.legacy_properties.values() if p.account_id == account.id]
    return page_of(call, "webproperties", [show_property(call, p) for p in found])


def show_property(call: Call, prop: LegacyProperty) -> dict[str, Any]:
    """A Webproperty."""
    return {
        "id": prop.id,
        "kind": "analytics#webproperty",
        "accountId": prop.account_id,
        "name": prop.name,
        "websiteUrl": prop.website_url,
        "level": "STANDARD",
        "profileCount": sum(v.property_id == prop.id for v in call.state.legacy_views.values()),
        "created": clock.rfc3339(prop.created_at),
    }


def list_views(call: Call) -> dict[str, Any]:
    """management.profiles.list."""
    account = seen_account(call)
    prop = call.state.legacy_properties.get(call.part("property"))
    if prop is None or prop.account_id != account.id:
        raise legacy_errors.no_permission()
    found = [v for v in call.state.legacy_views.values() if v.property_id == prop.id]
    return page_of(call, "profiles", [show_view(prop, view) for view in found])


def show_view(prop: LegacyProperty, view: LegacyView) -> dict[str, Any]:
    """A Profile."""
    return {
        "id": view.id,
        "kind": "analytics#profile",
        "accountId": prop.account_id,
        "webPropertyId": prop.id,
        "name": view.name,
        "timezone": view.time_zone,
        "type": "WEB",
        "created": clock.rfc3339(view.created_at),
    }


_ACCOUNT = r"management/accounts/{account:\d+}/webproperties"
METHODS = [
    LegacyMethod(
        "POST",
        "provisioning/createAccountTicket",
        create_ticket,
        "AccountTicket",
        (PROVISION,),
        "AccountTicket",
    ),
    LegacyMethod("GET", "management/accounts", list_accounts, "Accounts", READS),
    LegacyMethod("GET", "management/accountSummaries", list_summaries, "AccountSummaries", READS),
    LegacyMethod("GET", _ACCOUNT, list_properties, "Webproperties", READS),
    LegacyMethod(
        "GET", _ACCOUNT + r"/{property:UA-\d+-\d+}/profiles", list_views, "Profiles", READS
    ),
]
