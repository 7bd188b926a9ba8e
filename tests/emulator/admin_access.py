"""Who has access to an account: v1alpha alone, with a scope of its own (contract §4.4)."""

from __future__ import annotations

from typing import Any

from tests.emulator import errors, scopes
from tests.emulator.admin_accounts import account_of
from tests.emulator.admin_api import Call, Method
from tests.emulator.admin_fields import require_text
from tests.emulator.paging import page_of

PARENT = r"accounts/{account:\d+}/accessBindings"
ROLES = ("viewer", "analyst", "editor", "admin", "no-cost-data", "no-revenue-data")
MANAGE = scopes.PREFIX + "analytics.manage.users"
READ = (MANAGE, MANAGE + ".readonly")


def list_bindings(call: Call) -> dict[str, Any]:
    """accounts.accessBindings.list."""
    return page_of(call, "accessBindings", account_of(call, call.part("account")).bindings)


def create_binding(call: Call) -> dict[str, Any]:
    """accounts.accessBindings.create; nobody is bound twice."""
    account = account_of(call, call.part("account"))
    user = require_text(call.body, "user", "user", 254)
    roles = call.body.get("roles", [])
    if not roles or any(role not in [f"predefinedRoles/{r}" for r in ROLES] for role in roles):
        raise errors.invalid_argument("The roles are not valid.", "roles")
    if any(bound["user"].casefold() == user.casefold() for bound in account.bindings):
        raise errors.ApiError(409, "ALREADY_EXISTS", "The user has an access binding already.", [])
    number = 100 + len(account.bindings)
    name = f"accounts/{account.id}/accessBindings/{number}"
    binding = {"name": name, "user": user, "roles": roles}
    account.bindings.append(binding)
    return binding


METHODS = [
    Method(
        "GET",
        PARENT,
        list_bindings,
        "ListAccessBindingsResponse",
        versions=("v1alpha",),
        scopes=READ,
    ),
    Method(
        "POST",
        PARENT,
        create_binding,
        "AccessBinding",
        "AccessBinding",
        versions=("v1alpha",),
        scopes=(MANAGE,),
    ),
]
