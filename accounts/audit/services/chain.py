"""Chains the audit record by hashes, and tells where a chain is broken.

Events are linked shortly after they are written: linking them at once would make
every transaction of a tenant wait for the last one, and two could wait for each other.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope

_BATCH = 1_000
# Named one by one, so that a column added later leaves the chains of today as they are.
_HASHED = (
    "id",
    "tenant_id",
    "tag",
    "actor_kind",
    "actor_id",
    "target_type",
    "target_id",
    "target_label",
    "data",
    "ip",
    "user_agent",
    "reference",
)


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """A chain that was looked through: how many links hold, and the first that does not."""

    links: int
    head: str
    broken: str = ""


def link_new(tenant: Tenant | None, since: datetime | None = None) -> int:
    """Link events that are not linked yet, oldest first; returns how many.

    When somebody else links the same ones at the same moment, theirs stand.
    """
    with _opened(tenant):
        try:
            return _link(tenant, since)
        except IntegrityError:
            return 0


@transaction.atomic
def _link(tenant: Tenant | None, since: datetime | None) -> int:
    last = AuditLink.objects.filter(tenant=tenant).order_by("-sequence").first()
    linked = AuditLink.objects.filter(event_id=OuterRef("pk"))
    new = AuditEvent.objects.filter(~Exists(linked), tenant=tenant)
    if since is not None:
        new = new.filter(created_at__gte=since)
    sequence, previous = (last.sequence, last.digest) if last else (0, "")
    links = []
    for event in new.order_by("created_at", "pk")[:_BATCH]:
        sequence += 1
        digest = digest_of(event, previous)
        links.append(
            AuditLink(
                tenant=tenant,
                sequence=sequence,
                event_id=event.pk,
                event_at=event.created_at,
                previous=previous,
                digest=digest,
            )
        )
        previous = digest
    AuditLink.objects.bulk_create(links)
    return len(links)


def verify_chain(tenant: Tenant | None) -> ChainStatus:
    """Look through a tenant's whole chain, as far as the first link that does not hold."""
    with _opened(tenant):
        return _verify(AuditLink.objects.filter(tenant=tenant).order_by("sequence"))


def _verify(links: Iterable[AuditLink]) -> ChainStatus:
    seen, head = 0, ""
    for link in links:
        event = AuditEvent.objects.filter(pk=link.event_id).first()
        broken = _fault(link, event, seen + 1, head)
        if broken:
            return ChainStatus(
                seen, head, f"record {link.event_id} (link {link.sequence}): {broken}"
            )
        seen, head = link.sequence, link.digest
    return ChainStatus(seen, head)


def _fault(link: AuditLink, event: AuditEvent | None, sequence: int, head: str) -> str:
    if link.sequence != sequence or link.previous != head:
        return "a link before it is missing"
    if event is None:
        return "it was removed"
    return "" if digest_of(event, head) == link.digest else "it was changed"


def digest_of(event: AuditEvent, previous: str) -> str:
    """The hash of an event as it is stored, and of the link before."""
    stored = {name: getattr(event, name) for name in _HASHED}
    stored["created_at"] = event.created_at.timestamp()
    text = json.dumps(stored, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _opened(tenant: Tenant | None) -> AbstractContextManager[None]:
    """The tenant's scope; what concerns no tenant, nobody's scope shows."""
    return tenant_scope(tenant) if tenant else across_tenants()
