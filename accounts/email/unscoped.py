"""Reads across tenants: which e-mails are due, and whose are old enough to be forgotten."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from accounts.email.models import QueuedEmail
from accounts.tenancy.models import Tenant
from accounts.tenancy.row_security import unscoped_read


@dataclass(frozen=True, slots=True)
class DueEmail:
    """An e-mail that is to be sent: whose it is, and what it goes together with."""

    tenant_id: UUID | None
    pk: UUID
    kind: str
    recipient_id: UUID | None


@unscoped_read
def due_emails(
    now: datetime, limit: int, while_leaving: Collection[str], *, of_tenants: bool
) -> list[DueEmail]:
    """E-mails to be sent, at most `limit`: each tenant's longest waiting first, in turns.

    So that the thousands of one tenant hold up nobody else's. Where the deletion of a tenant is
    asked for, kinds that go out `while_leaving` only.
    """
    theirs = Q(tenant__deleted_at=None) | Q(tenant__erased_at=None, kind__in=while_leaving)
    may = Q(tenant=None) | theirs if of_tenants else Q(tenant=None)
    turn = Window(RowNumber(), partition_by=F("tenant_id"), order_by=F("due_at").asc())
    rows = QueuedEmail._base_manager.filter(may, due_at__lte=now).annotate(turn=turn)
    found = rows.order_by("turn", "due_at").values_list("tenant_id", "pk", "kind", "recipient_id")
    return [DueEmail(*row) for row in found[:limit]]


@unscoped_read
def tenants_with_emails_before(moment: datetime) -> list[Tenant]:
    """Tenants with e-mails that were settled, made before `moment`."""
    old = QueuedEmail._base_manager.filter(
        tenant=OuterRef("pk"), due_at=None, created_at__lt=moment
    )
    return list(Tenant.objects.filter(Exists(old)))
