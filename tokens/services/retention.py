"""How long the record of what was said to Google is kept."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from accounts.models import Tenant
from accounts.tenancy import tenant_scope
from tokens.claims import tenants_with_exchanges_before
from tokens.models import Exchange

# Small enough for a statement that locks nobody out for long.
BATCH = 1000


def prune_exchanges(now: datetime) -> int:
    """Forget exchanges that are older than the setting allows; says how many.

    Each batch is a transaction of its own, so a run that is cut short has
    done its part and the next one goes on from there.
    """
    days = settings.EXCHANGE_RETENTION_DAYS
    if days <= 0:
        return 0
    oldest = now - timedelta(days=days)
    return sum(_prune(tenant, oldest) for tenant in tenants_with_exchanges_before(oldest))


def _prune(tenant: Tenant, oldest: datetime) -> int:
    pruned = 0
    with tenant_scope(tenant):
        while batch := _batch(oldest):
            pruned += Exchange.objects.filter(pk__in=batch).delete()[0]
    return pruned


def _batch(oldest: datetime) -> list[UUID]:
    rows = Exchange.objects.older_than(oldest).order_by("created_at")
    return list(rows.values_list("pk", flat=True)[:BATCH])
