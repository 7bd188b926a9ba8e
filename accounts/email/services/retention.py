"""How long it is kept which mails went to whom, or did not."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from accounts.email.models import OutboxMail, StaffMail
from accounts.email.services.queue import MailT
from accounts.email.unscoped import tenants_with_mails_before
from accounts.tenancy.scope import tenant_scope
from accounts.tenancy.transactions import batches


def prune_mails(now: datetime) -> int:
    """Forget mails of every outbox that are older than the setting allows; says how many.

    Not those that are still to be sent.
    """
    days = settings.MAIL_RETENTION_DAYS
    if days <= 0:
        return 0
    oldest = now - timedelta(days=days)
    pruned = sum(_prune(model, oldest) for model in OutboxMail.__subclasses__())
    return pruned + _forget(StaffMail.objects.filter(due_at=None, created_at__lt=oldest))


def _prune(model: type[OutboxMail], oldest: datetime) -> int:
    pruned = 0
    for tenant in tenants_with_mails_before(model, oldest):
        with tenant_scope(tenant):
            settled = model._default_manager.filter(due_at=None, created_at__lt=oldest)
            pruned += _forget(settled)
    return pruned


def _forget(settled: QuerySet[MailT]) -> int:
    rows = settled.model._default_manager
    return sum(rows.filter(pk__in=batch).delete()[0] for batch in batches(settled))
