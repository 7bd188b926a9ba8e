"""The unscoped reads of this room: whose rows are there, and what a person did themselves."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from accounts.fence import claim
from accounts.models import AuditEvent, AuditLink, LeavingMail, MemberMail, OutboxMail, Tenant, User


@claim
def acts_of(user: User, limit: int) -> list[dict[str, Any]]:
    """What `user` did, oldest first; their own acts and nobody else's."""
    mine = AuditEvent._base_manager.filter(actor=user).order_by("created_at")
    fields = mine.values("created_at", "tag", "target_label", "ip", "user_agent")
    return [dict(one) for one in fields[:limit]]


@claim
def tenants_with_unlinked_acts(since: datetime) -> list[Tenant | None]:
    """Tenants with records since then that no chain holds yet; None for records of no tenant."""
    linked = AuditLink._base_manager.filter(event_id=OuterRef("pk"))
    loose = AuditEvent._base_manager.filter(~Exists(linked), created_at__gte=since)
    ids = set(loose.order_by().values_list("tenant_id", flat=True).distinct())
    found: list[Tenant | None] = list(Tenant.objects.filter(pk__in=ids - {None}))
    return [*found, None] if None in ids else found


@claim
def due_member_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, mail) of the mails about memberships to be sent, longest waiting first."""
    due = MemberMail._base_manager.filter(due_at__lte=now, tenant__erased_at=None)
    return list(due.order_by("due_at").values_list("tenant_id", "pk")[:limit])


@claim
def due_leaving_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, mail) of the mails about its end to be sent, longest waiting first."""
    due = LeavingMail._base_manager.filter(due_at__lte=now, tenant__erased_at=None)
    return list(due.order_by("due_at").values_list("tenant_id", "pk")[:limit])


@claim
def tenants_with_mails_before(model: type[OutboxMail], moment: datetime) -> list[Tenant]:
    """Tenants in whose outbox of this kind mails stand that were settled, made before `moment`."""
    old = model._base_manager.filter(tenant=OuterRef("pk"), due_at=None, created_at__lt=moment)
    return list(Tenant.objects.filter(Exists(old)))
