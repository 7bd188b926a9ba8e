"""Deletes organisations whose keys are destroyed: table by table, batch by batch."""

import time
from functools import cache
from graphlib import TopologicalSorter

import structlog
from django.db import DatabaseError, models
from django.db.models import Count

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.members.models.membership import Membership
from accounts.offboarding.services.erasure import Facts, begin, end, remove_some
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from portal.offboarding.organisation_export import tables
from tokens.connections.models.revocation import Revocation
from tokens.encryption.models.tenant_key import TenantKey

log = structlog.get_logger(__name__)

BATCH = 500
# Whoever looks on in the middle still finds who belonged here and what was done.
_LAST = (Membership, AuditLink, AuditEvent)


def erase_for_a_while(seconds: float) -> None:
    """Go on with every erasure, as long as there is time."""
    until = time.monotonic() + seconds
    for tenant in Tenant.objects.filter(erased_at__isnull=False).order_by("erased_at"):
        try:
            with tenant_scope(tenant):
                _erase(tenant, until)
        except DatabaseError:
            # Somebody wrote in the same moment; the next run goes on. Others do not wait for it.
            log.exception("an erasure was interrupted", tenant=str(tenant.pk))


def _erase(tenant: Tenant, until: float) -> None:
    erasure = begin(tenant, _facts())
    for model in in_order():
        while remove_some(erasure, model, BATCH):
            if time.monotonic() > until:
                return
    end(erasure)


def _facts() -> Facts:
    """Of the tenant in scope."""
    keys = TenantKey.objects.order_by("version").values_list("kid", "wrapped_by")
    ended = Revocation.objects.order_by().values_list("state").annotate(Count("pk"))
    return Facts(
        keys=[{"id": kid, "wrapped_by": master} for kid, master in keys],
        revocations=dict(ended),
    )


@cache
def in_order() -> list[type[models.Model]]:
    """Every table of a tenant, each before those that its rows point at."""
    owned = tables()
    pointing: dict[type[models.Model], set[type[models.Model]]] = {one: set() for one in owned}
    for model in owned:
        for field in model._meta.fields:
            if field.related_model in pointing and field.related_model is not model:
                pointing[field.related_model].add(model)
    first = [one for one in TopologicalSorter(pointing).static_order() if one not in _LAST]
    return [*first, *_LAST]
