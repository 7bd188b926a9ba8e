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

    CONNECTION_MANAGE = "tokens:connection:manage"
    CONNECTION_READ = "tokens:connection:read"
    REQUEST_MANAGE = "provisioning:request:manage"
    REQUEST_READ = "provisioning:request:read"
    TENANT_MANAGE = "accounts:tenant:manage"
    TENANT_READ = "accounts:tenant:read"


_READ = frozenset({Power.CONNECTION_READ, Power.REQUEST_READ, Power.TENANT_READ})
_WORK = _READ | {Power.CONNECTION_MANAGE, Power.REQUEST_MANAGE}

POWERS: dict[Role, frozenset[Power]] = {
    Role.VIEWER: _READ,
    Role.ADMIN: _WORK,
    Role.OWNER: _WORK | {Power.TENANT_MANAGE},
}

DESCRIPTIONS: dict[Role, str] = {
    Role.VIEWER: "Sees everything, changes nothing.",
    Role.ADMIN: "Connects Google accounts and creates Analytics accounts.",
    Role.OWNER: "Does all that admins do, and manages the organisation itself.",
}
