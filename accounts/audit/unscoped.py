"""The unscoped reads of this app: whose rows are there, and what a person did themselves."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.tenancy.models import Tenant
from accounts.tenancy.row_security import unscoped_read
from accounts.users.models import User


@unscoped_read
def acts_of(user: User, limit: int) -> list[dict[str, Any]]:
    """What `user` did, oldest first; their own acts and nobody else's."""
    mine = AuditEvent._base_manager.filter(actor=user).order_by("created_at")
    fields = mine.values("created_at", "tag", "target_label", "ip", "user_agent")
    return [dict(one) for one in fields[:limit]]


@unscoped_read
def tenants_with_unlinked_acts(since: datetime) -> list[Tenant | None]:
    """Tenants with records since then that no chain holds yet; None for records of no tenant."""
    linked = AuditLink._base_manager.filter(event_id=OuterRef("pk"))
    loose = AuditEvent._base_manager.filter(~Exists(linked), created_at__gte=since)
    ids = set(loose.order_by().values_list("tenant_id", flat=True).distinct())
    found: list[Tenant | None] = list(Tenant.objects.filter(pk__in=ids - {None}))
    return [*found, None] if None in ids else found
