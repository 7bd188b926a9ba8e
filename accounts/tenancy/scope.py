"""Tenant data cannot be read without a tenant in scope.

`TenantManager` filters every query by the tenant that `tenant_scope()` opened
and raises when none is open: forgetting a filter fails instead of leaking.
The scope itself is django-scopes' (a context variable, so threads and tasks do
not share it). On PostgreSQL row-level security stands behind it (docs/adr/0008).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django_scopes import get_scope, scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from accounts.tenancy.row_security import Across, RowAccess, row_access

if TYPE_CHECKING:
    from accounts.tenancy.models import Tenant

__all__ = [
    "ScopeError",
    "TenantManager",
    "TenantModel",
    "across_tenants",
    "current_tenant",
    "tenant_scope",
]


ModelT_co = TypeVar("ModelT_co", bound=models.Model, covariant=True)


class TenantManager(models.Manager[ModelT_co]):
    """The default manager of every model with a `tenant`.

    Raises:
        ScopeError: when queried without an open scope.
    """

    def get_queryset(self) -> models.QuerySet[ModelT_co]:
        """The rows of the tenant in scope."""
        active = get_scope()
        if not active.get("_enabled", True):
            return super().get_queryset()
        if active.get("tenant") is None:
            raise ScopeError(
                f"{self.model.__name__} was queried without a tenant in scope: "
                "open tenant_scope(tenant) first."
            )
        return super().get_queryset().filter(tenant=active["tenant"])


class TenantModel(models.Model):
    """Base of every row that belongs to one tenant."""

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class TenantFirstModel(TenantModel):
    """Of rows whose own indexes begin with the tenant, who needs none for itself then."""

    tenant = models.ForeignKey(
        "accounts.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


@contextmanager
def tenant_scope(tenant: "Tenant") -> Iterator[None]:
    """Open `tenant`'s data for reading and writing until the block ends.

    Raises:
        ScopeError: when another tenant's scope is already open; switching
            tenants in the middle of work is always a mistake.
    """
    active = get_scope()
    current = active.get("tenant") if active.get("_enabled", True) else None
    if current is not None and current.pk != tenant.pk:
        raise ScopeError("Another tenant is in scope: leave it before entering this one.")
    with scope(tenant=tenant), row_access(RowAccess(tenant.pk)):
        yield


@contextmanager
def across_tenants() -> Iterator[None]:
    """Open every tenant's data. For staff pages only; unscoped reads say `@unscoped_read`."""
    with scopes_disabled(), row_access(RowAccess(across=Across.WRITE)):
        yield


def current_tenant() -> "Tenant | None":
    """The tenant in scope, if any."""
    active: dict[str, Any] = get_scope()
    return active.get("tenant") if active.get("_enabled", True) else None
