"""Roles, and the powers each of them holds. A pure table."""

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    """What a member is to a tenant."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    VIEWER = "viewer", "Viewer"


class Power(StrEnum):
    """One thing that a member may be allowed to do: `scope:resource:action`."""

    AUDIT_READ = "accounts:audit:read"
    CONNECTION_MANAGE = "tokens:connection:manage"
    CONNECTION_READ = "tokens:connection:read"
    CREDENTIAL_MANAGE = "tokens:credential:manage"
    CREDENTIAL_READ = "tokens:credential:read"
    DEFAULTS_MANAGE = "provisioning:defaults:manage"
    MEMBER_INVITE = "accounts:member:invite"
    REQUEST_MANAGE = "provisioning:request:manage"
    REQUEST_READ = "provisioning:request:read"
    TENANT_MANAGE = "accounts:tenant:manage"
    TENANT_READ = "accounts:tenant:read"


_READ = frozenset(
    {Power.CONNECTION_READ, Power.CREDENTIAL_READ, Power.REQUEST_READ, Power.TENANT_READ}
)
_WORK = _READ | {
    Power.AUDIT_READ,
    Power.CONNECTION_MANAGE,
    Power.CREDENTIAL_MANAGE,
    Power.REQUEST_MANAGE,
    Power.DEFAULTS_MANAGE,
    Power.MEMBER_INVITE,
}

POWERS: dict[Role, frozenset[Power]] = {
    Role.VIEWER: _READ,
    Role.ADMIN: _WORK,
    Role.OWNER: _WORK | {Power.TENANT_MANAGE},
}

DESCRIPTIONS: dict[Role, str] = {
    Role.VIEWER: "Sees requests, Google accounts, credentials and members. Can't change anything, "
    "or open the audit log, settings or data export.",
    Role.ADMIN: "Connects Google accounts, creates Analytics accounts and invites colleagues.",
    Role.OWNER: "Does all that admins do, and manages the organisation itself.",
}


def may_give(role: Role) -> list[Role]:
    """The roles that a member with `role` may invite others to: none above their own."""
    ranked = list(Role)
    return ranked[ranked.index(role) :]


class StaffPower(StrEnum):
    """One thing that staff may be allowed to do in Django admin."""

    READ = "staff:read"
    ACT = "staff:act"
    ROTATE = "staff:rotate"


# Groups of Django's own, made by a migration. Superusers hold every power.
STAFF_GROUPS: dict[str, frozenset[StaffPower]] = {
    "Support": frozenset({StaffPower.READ}),
    "Operators": frozenset({StaffPower.READ, StaffPower.ACT}),
    "Key keepers": frozenset({StaffPower.READ, StaffPower.ROTATE}),
}
