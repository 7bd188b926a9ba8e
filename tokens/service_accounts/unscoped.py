"""Reads across tenants: which service accounts are due for what."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts.tenancy.row_security import unscoped_read
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import (
    ServiceAccount,
    ServiceAccountKey,
    ServiceAccountKeyState,
)


@unscoped_read
def due_account_rotations(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, rotation) of service accounts' keys that are to go on now, longest waiting first."""
    waiting = ServiceAccountRotation._base_manager.filter(finished_at=None, due_at__lte=now)
    return list(waiting.order_by("due_at").values_list("tenant_id", "pk")[:limit])


@unscoped_read
def accounts_to_rotate(
    made_before: datetime, quiet_since: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    """(tenant, service account) with an old key that rotate by themselves and did not just try."""
    old = ServiceAccountKey._base_manager.filter(
        account=OuterRef("pk"), state=ServiceAccountKeyState.ACTIVE, created_at__lt=made_before
    )
    recent = ServiceAccountRotation._base_manager.filter(account=OuterRef("pk")).filter(
        Q(finished_at=None) | Q(finished_at__gte=quiet_since)
    )
    found = ServiceAccount._base_manager.filter(Exists(old), ~Exists(recent), rotates_itself=True)
    return list(found.order_by("pk").values_list("tenant_id", "pk")[:limit])


@unscoped_read
def accounts_to_check(before: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, service account) that Google was not asked about since `before`, longest first."""
    asked = ServiceAccount._base_manager.filter(checked_at__lt=before, tenant__deleted_at=None)
    return list(asked.order_by("checked_at").values_list("tenant_id", "pk")[:limit])
