"""Reads across tenants: which e-mails about the end of organisations are due."""

from datetime import datetime
from uuid import UUID

from accounts.offboarding.models.mail import LeavingMail
from accounts.tenancy.row_security import unscoped_read


@unscoped_read
def due_leaving_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, mail) of the mails about its end to be sent, longest waiting first."""
    due = LeavingMail._base_manager.filter(due_at__lte=now, tenant__erased_at=None)
    return list(due.order_by("due_at").values_list("tenant_id", "pk")[:limit])
