"""How long the record of what was said to Google is kept."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.tenancy.transactions import batches
from tokens.exchanges.models import Exchange
from tokens.exchanges.unscoped import tenants_with_exchanges_before


def prune_exchanges(now: datetime) -> int:
    """Forget exchanges that are older than the setting allows; says how many."""
    days = settings.EXCHANGE_RETENTION_DAYS
    if days <= 0:
        return 0
    oldest = now - timedelta(days=days)
    return sum(_prune(tenant, oldest) for tenant in tenants_with_exchanges_before(oldest))


def _prune(tenant: Tenant, oldest: datetime) -> int:
    with tenant_scope(tenant):
        rows = Exchange.objects.older_than(oldest).order_by("created_at")
        return sum(Exchange.objects.filter(pk__in=batch).delete()[0] for batch in batches(rows))
