"""Reads across tenants: whose e-mails are old enough to be forgotten."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.email.models import OutboxMail
from accounts.tenancy.models import Tenant
from accounts.tenancy.row_security import unscoped_read


@unscoped_read
def tenants_with_mails_before(model: type[OutboxMail], moment: datetime) -> list[Tenant]:
    """Tenants in whose outbox of this kind mails stand that were settled, made before `moment`."""
    old = model._base_manager.filter(tenant=OuterRef("pk"), due_at=None, created_at__lt=moment)
    return list(Tenant.objects.filter(Exists(old)))
