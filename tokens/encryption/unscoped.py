"""Reads across tenants: what wraps, needs or has outlived which key."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q

from accounts.offboarding.models import Erasure
from accounts.tenancy.models import Tenant
from accounts.tenancy.row_security import unscoped_read
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.wrapping import not_wrapped_by


@unscoped_read
def wraps_data_keys(kid: str) -> bool:
    """Whether the master key `kid` wraps any data key."""
    return TenantKey._base_manager.filter(wrapped_by=kid, wrapped__isnull=False).exists()


@unscoped_read
def tenants_with_data_keys_under(kid: str) -> list[Tenant]:
    """Tenants with data keys that the master key `kid` wraps."""
    rows = TenantKey._base_manager.filter(tenant=OuterRef("pk"), wrapped__isnull=False)
    return list(Tenant.objects.filter(Exists(rows.filter(wrapped_by=kid))).order_by("pk"))


@unscoped_read
def data_keys_wrapped_by(kid: str, limit: int) -> list[str]:
    """Data keys that only the master key `kid` opens, in words."""
    rows = TenantKey._base_manager.filter(wrapped_by__in=(kid, ""), wrapped__isnull=False)
    named = rows.order_by("tenant__name", "version").values_list("tenant__name", "version", "kid")
    found = [f"{name}, data key {key} (version {version})" for name, version, key in named[:limit]]
    more = rows.count() - len(found) if len(found) == limit else 0
    return [*found, f"and {more} more"] if more else found


@unscoped_read
def tenants_to_rewrap(kid: str) -> list[Tenant]:
    """Tenants with data keys that are to be wrapped with the master key `kid`."""
    keys = TenantKey._base_manager.filter(tenant=OuterRef("pk"), wrapped__isnull=False)
    waiting = not_wrapped_by(keys, "wrapped", kid)
    return list(Tenant.objects.filter(Exists(waiting)).order_by("pk"))


@unscoped_read
def data_keys_to_rewrap(kid: str) -> int:
    """How many data keys are to be wrapped with the master key `kid`."""
    keys = TenantKey._base_manager.filter(wrapped__isnull=False)
    return not_wrapped_by(keys, "wrapped", kid).count()


@unscoped_read
def tenants_to_renew(before: datetime, *, only: UUID | None = None) -> list[Tenant]:
    """Tenants whose data key is from before, has sealed too much, or was replaced by halves."""
    old = Q(state=KeyState.ACTIVE) & (
        Q(created_at__lt=before) | Q(sealings__gte=settings.DATA_KEY_MAX_SEALINGS)
    )
    halfway = Q(state=KeyState.OPENS_ONLY, emptied_at=None)
    keys = TenantKey._base_manager.filter(old | halfway, tenant=OuterRef("pk"))
    found = Tenant.objects.filter(Exists(keys)).order_by("pk")
    return list(found.filter(pk=only) if only else found)


@unscoped_read
def tenants_with_spent_keys(before: datetime) -> list[Tenant]:
    """Tenants with data keys that were replaced and emptied before `before`."""
    spent = TenantKey._base_manager.filter(
        tenant=OuterRef("pk"),
        state=KeyState.OPENS_ONLY,
        emptied_at__isnull=False,
        replaced_at__lt=before,
    )
    return list(Tenant.objects.filter(Exists(spent)))


@unscoped_read
def data_keys_by_master() -> dict[str, int]:
    """How many data keys each master key wraps."""
    rows = TenantKey._base_manager.filter(wrapped__isnull=False)
    return dict(rows.values_list("wrapped_by").annotate(Count("pk")).order_by())


@unscoped_read
def tenant_of_data_key(kid: str) -> Tenant | None:
    """Whose data key it is."""
    row = TenantKey._base_manager.select_related("tenant").filter(kid=kid).first()
    return row.tenant if row else None


@unscoped_read
def tenants_to_shred(before: datetime) -> list[Tenant]:
    """Tenants whose deletion was asked for before `before` and whose secrets still open."""
    return list(Tenant.objects.filter(deleted_at__lte=before, erased_at=None))


@unscoped_read
def destroyed_by_master() -> dict[str, int]:
    """How many destroyed data keys each master key would still open in an old copy.

    Those of organisations that are gone stand in the proofs of it.
    """
    rows = TenantKey._base_manager.filter(state=KeyState.DESTROYED)
    counted = Counter(dict(rows.values_list("wrapped_by").annotate(Count("pk")).order_by()))
    for keys in Erasure.objects.filter(finished_at__isnull=False).values_list("keys", flat=True):
        counted.update(key["wrapped_by"] for key in keys)
    return dict(counted)
