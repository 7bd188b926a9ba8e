"""Reads across tenants: which e-mails about memberships are due."""

from datetime import datetime
from uuid import UUID

from accounts.members.models.mail import MemberMail
from accounts.tenancy.row_security import unscoped_read


@unscoped_read
def due_member_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, mail) of the mails about memberships to be sent, longest waiting first."""
    due = MemberMail._base_manager.filter(due_at__lte=now, tenant__erased_at=None)
    return list(due.order_by("due_at").values_list("tenant_id", "pk")[:limit])
