"""Accounts and account summaries (contract §4.4)."""

from __future__ import annotations

from typing import Any

from tests.emulator import clock, errors
from tests.emulator.admin_api import Call, Method
from tests.emulator.admin_fields import masked_changes, require_text
from tests.emulator.paging import page_of
from tests.emulator.state import Account, Property


def visible(call: Call, *, deleted: bool = False) -> list[Account]:
    """The accounts this user can see now."""
    return [a for a in call.state.accounts.values() if can_see(call, a, deleted=deleted)]


def can_see(call: Call, account: Account, *, deleted: bool = False) -> bool:
    """Users see their own accounts only, and new ones perhaps a little later."""
    mine = call.user.sub in account.owners and account.visible_from <= call.now
    return mine and not account.hidden_listings and (deleted or not account.deleted)


def count_listing(call: Call) -> None:
    """A whole list was answered without the accounts that are still hidden from it."""
    for account in call.state.accounts.values():
        if account.hidden_listings and call.user.sub in account.owners:
            account.hidden_listings -= 1


def listed(call: Call, answer: dict[str, Any], *, more: str = "nextPageToken") -> dict[str, Any]:
    """Pass on a page of accounts; with the last one a listing is over."""
    if more not in answer:
        count_listing(call)
    return answer


def account_of(call: Call, account_id: str, *, deleted: bool = False) -> Account:
    """Return an account, or the 403 that hides whether it exists."""
    account = call.state.accounts.get(account_id)
    if account is None or not can_see(call, account, deleted=deleted):
        raise errors.no_permission()
    return account


def show(account: Account) -> dict[str, Any]:
    """An Account as the API shows it."""
    body: dict[str, Any] = {
        "name": f"accounts/{account.id}",
        "createTime": clock.rfc3339(account.created_at),
        "updateTime": clock.rfc3339(account.updated_at),
        "displayName": account.display_name,
        "regionCode": account.region_code,
    }
    return body | ({"deleted": True} if account.deleted else {})


def get_account(call: Call) -> dict[str, Any]:
    """accounts.get; a deleted account is still shown, marked so."""
    return show(account_of(call, call.part("account"), deleted=True))


def list_accounts(call: Call) -> dict[str, Any]:
    """accounts.list."""
    deleted = call.query("showDeleted") == "true"
    found = [show(a) for a in visible(call, deleted=deleted)]
    return listed(call, page_of(call, "accounts", found))


def patch_account(call: Call) -> dict[str, Any]:
    """accounts.patch with an update mask."""
    account = account_of(call, call.part("account"))
    allowed = {"display_name": "displayName", "region_code": "regionCode"}
    changes = masked_changes(call, allowed)
    if "displayName" in changes:
        account.display_name = require_text(changes, "displayName", "display_name", 100)
    if "regionCode" in changes:
        account.region_code = require_text(changes, "regionCode", "region_code", 2)
    account.updated_at = call.now
    return show(account)


def delete_account(call: Call) -> dict[str, Any]:
    """accounts.delete marks the account and all it holds as deleted."""
    account = account_of(call, call.part("account"))
    account.deleted = True
    account.updated_at = call.now
    return {}


def list_summaries(call: Call) -> dict[str, Any]:
    """accountSummaries.list."""
    found = [summary(call, a) for a in visible(call)]
    return listed(call, page_of(call, "accountSummaries", found))


def summary(call: Call, account: Account) -> dict[str, Any]:
    """An AccountSummary; without properties the field is absent."""
    body: dict[str, Any] = {
        "name": f"accountSummaries/{account.id}",
        "account": f"accounts/{account.id}",
        "displayName": account.display_name,
    }
    children = [
        property_summary(p)
        for p in call.state.properties.values()
        if p.account_id == account.id and p.deleted_at is None
    ]
    return body | ({"propertySummaries": children} if children else {})


def property_summary(prop: Property) -> dict[str, Any]:
    """A PropertySummary."""
    return {
        "property": f"properties/{prop.id}",
        "displayName": prop.body["displayName"],
        "propertyType": prop.body["propertyType"],
        "parent": f"accounts/{prop.account_id}",
        "canEdit": True,
    }


METHODS = [
    Method("GET", "accounts", list_accounts, "ListAccountsResponse"),
    Method("GET", r"accounts/{account:\d+}", get_account, "Account"),
    Method("PATCH", r"accounts/{account:\d+}", patch_account, "Account", "Account"),
    Method("DELETE", r"accounts/{account:\d+}", delete_account, "GoogleProtobufEmpty"),
    Method("GET", "accountSummaries", list_summaries, "ListAccountSummariesResponse"),
]
