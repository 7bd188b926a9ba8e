"""Reads the audit log from the newest record back, however long it is."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope

PAGE = 50
_CHUNK = 500


def newest_first() -> QuerySet[AuditEvent]:
    """All records of the tenant in scope."""
    return AuditEvent.objects.select_related("actor").order_by("-created_at", "-pk")


def mark(event: AuditEvent) -> str:
    """The place of a record, as it stands in the URL of the page that follows."""
    return f"{event.created_at.isoformat()}_{event.pk}"


def behind(rows: QuerySet[AuditEvent], place: str) -> QuerySet[AuditEvent]:
    """What is older than the record at `place`; everything, if that is no place."""
    at, _, pk = place.partition("_")
    try:
        return _older(rows, datetime.fromisoformat(at), UUID(pk))
    except ValueError:
        return rows


def _older(rows: QuerySet[AuditEvent], at: datetime, pk: UUID) -> QuerySet[AuditEvent]:
    # The first condition is what the index seeks by.
    return rows.filter(Q(created_at__lt=at) | Q(pk__lt=pk), created_at__lte=at)


def page_of(rows: QuerySet[AuditEvent], place: str) -> tuple[list[AuditEvent], str]:
    """The records of a page, and the place where the next one begins; empty at the end."""
    found = list(behind(rows, place)[: PAGE + 1])
    return found[:PAGE], mark(found[PAGE - 1]) if len(found) > PAGE else ""


def in_chunks(tenant: Tenant, rows: QuerySet[AuditEvent]) -> Iterator[list[AuditEvent]]:
    """`rows`, some at a time: a file is sent after the view has left the tenant's scope."""
    left = rows
    while True:
        with tenant_scope(tenant):
            chunk = list(left[:_CHUNK])
        yield chunk
        if len(chunk) < _CHUNK:
            return
        left = _older(rows, chunk[-1].created_at, chunk[-1].pk)


def last_link() -> AuditLink | None:
    """The newest link of the chain over the records of the tenant in scope."""
    return AuditLink.objects.order_by("-sequence").first()
