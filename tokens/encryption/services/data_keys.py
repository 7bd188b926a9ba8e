"""Data keys of tenants: replaced by a next version, destroyed when nothing is sealed with them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker, record
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tokens.encryption.availability import PortalSealed
from tokens.encryption.batches import Opener
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealed_tables import SealedTable, sealed_tables, stored_tenant
from tokens.encryption.sealing import SecretUnreadable, counted_sealings, lock_for_new_key, new_key
from tokens.encryption.services.master_keys import NotYet
from tokens.encryption.unscoped import tenants_with_spent_keys
from tokens.events import Event

# Whoever began to seal with a key just before it was replaced has ended by then:
# longer than any task may run.
GRACE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT * 2)
_NAMED = 10
# Of rows that no rotation took along, so many are tried before they count as damaged.
_LOOKED_AT = 1_000


@transaction.atomic
def replace_key(tenant_id: UUID) -> TenantKey:
    """Give the tenant its next data key. The one before it opens only.

    Raises:
        PortalSealed: the master key that would wrap it is missing.
        SecretUnreadable: the tenant was erased meanwhile; it gets no new one.
    """
    lock_for_new_key(tenant_id)
    rows = TenantKey._base_manager.filter(tenant_id=tenant_id, state=KeyState.ACTIVE)
    rows.update(state=KeyState.OPENS_ONLY, replaced_at=timezone.now())
    return new_key(tenant_id)


@transaction.atomic
def retire_data_key(row: TenantKey, actor: Actor) -> None:
    """Destroy a data key that nothing is sealed with any more.

    Raises:
        NotYet: it is the active one, was replaced a moment ago, or rows need it; they are named.
    """
    row = TenantKey._base_manager.select_for_update().get(pk=row.pk)
    if row.state == KeyState.DESTROYED:
        return
    if row.state == KeyState.ACTIVE:
        raise NotYet(f"Data key {row.kid} is the active one. Rotate first.")
    if row.replaced_at is None or row.replaced_at > timezone.now() - GRACE:
        raise NotYet(f"Data key {row.kid} was replaced a moment ago. Wait ten minutes.")
    if needing := rows_under(row):
        raise NotYet(f"Data key {row.kid} is still needed by {'; '.join(needing)}. Rotate first.")
    destroy(row, actor)


def destroy(row: TenantKey, actor: Actor) -> None:
    """Destroy a data key, inside the caller's transaction. What it sealed is gone for good."""
    row.state, row.wrapped, row.destroyed_at = KeyState.DESTROYED, None, timezone.now()
    row.save(update_fields=["state", "wrapped", "destroyed_at"])
    record(Event.TENANT_KEY_DESTROYED, actor, target=row)


def rows_under(row: TenantKey) -> list[str]:
    """The rows that are sealed with a data key, in words; the first few."""
    tenant = stored_tenant(row.tenant_id)
    found = [
        f"{table.label} {table.pk_text(pk)}"
        for table in sealed_tables()
        for pk in table.under(tenant, row.kid, _NAMED + 1)
    ]
    return found if len(found) <= _NAMED else [*found[:_NAMED], "and more"]


def destroy_spent_keys() -> int:
    """Destroy the data keys that were replaced long enough ago and that nothing needs."""
    destroyed = 0
    for tenant in tenants_with_spent_keys(timezone.now() - GRACE):
        with tenant_scope(tenant):
            for row in TenantKey.objects.filter(
                state=KeyState.OPENS_ONLY, emptied_at__isnull=False
            ):
                destroyed += _destroyed_if_spent(row)
    return destroyed


def emptied(tenant_id: UUID) -> None:
    """Note that nothing more can be sealed anew that older data keys have sealed."""
    TenantKey._base_manager.filter(
        tenant_id=tenant_id, state=KeyState.OPENS_ONLY, emptied_at=None
    ).update(emptied_at=timezone.now())


def _destroyed_if_spent(row: TenantKey) -> bool:
    try:
        retire_data_key(row, by_worker())
    except NotYet:
        if _opens_any(row):
            # A straggler sealed with it after all: the next rotation takes it along.
            TenantKey.objects.filter(pk=row.pk).update(emptied_at=None)
        return False
    return True


def _opens_any(row: TenantKey) -> bool:
    """Whether a data key opens any row under it. If not, no rotation can take them along."""
    tenant, opener = stored_tenant(row.tenant_id), Opener(row.tenant_id)
    return any(
        _opens_one(opener, table, found)
        for table in sealed_tables()
        for found in table.read(tenant, table.under(tenant, row.kid, _LOOKED_AT))
    )


def _opens_one(opener: Opener, table: SealedTable, found: tuple[Any, ...]) -> bool:
    pk = table.pk_text(found[0])
    held = [
        (column, token) for column, token in zip(table.columns, found[1:], strict=True) if token
    ]
    try:
        for column, token in held:
            opener.open(table, column, pk, token)
    except (PortalSealed, SecretUnreadable):
        return False
    return bool(held)


def write_counts() -> None:
    """Add what this process has sealed to the counts of the data keys."""
    for (tenant_id, kid), many in counted_sealings().items():
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        if tenant is not None:
            with tenant_scope(tenant), transaction.atomic():
                TenantKey.objects.filter(kid=kid).update(sealings=F("sealings") + many)
