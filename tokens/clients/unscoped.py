"""Reads across tenants: which e-mails about clients are due."""

from datetime import datetime
from uuid import UUID

from accounts.tenancy.row_security import unscoped_read
from tokens.clients.models.mail import ClientMail


@unscoped_read
def due_client_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, mail) about OAuth clients of organisations to be sent, longest waiting first."""
    due = ClientMail._base_manager.filter(due_at__lte=now, tenant__deleted_at=None)
    return list(due.order_by("due_at").values_list("tenant_id", "pk")[:limit])
