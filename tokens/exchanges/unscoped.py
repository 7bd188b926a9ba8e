"""Reads across tenants: whose record of exchanges is old enough to be forgotten."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.tenancy.models import Tenant
from accounts.tenancy.row_security import unscoped_read
from tokens.exchanges.models import Exchange


@unscoped_read
def tenants_with_exchanges_before(moment: datetime) -> list[Tenant]:
    """Tenants of which exchanges with Google are kept that are older than `moment`."""
    old = Exchange._base_manager.filter(tenant=OuterRef("pk"), created_at__lt=moment)
    return list(Tenant.objects.filter(Exists(old)))
