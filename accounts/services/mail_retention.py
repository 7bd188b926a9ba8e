"""How long it is kept which mails went to whom, or did not."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.claims import tenants_with_mails_before
from accounts.models import OutboxMail
from accounts.tenancy import tenant_scope
from accounts.transactions import batches


def prune_mails(now: datetime) -> int:
    """Forget mails of every outbox that are older than the setting allows; says how many.

    Not those that are still to be sent.
    """
    days = settings.MAIL_RETENTION_DAYS
    if days <= 0:
        return 0
    oldest = now - timedelta(days=days)
    return sum(_prune(model, oldest) for model in OutboxMail.__subclasses__())


def _prune(model: type[OutboxMail], oldest: datetime) -> int:
    pruned = 0
    for tenant in tenants_with_mails_before(model, oldest):
        with tenant_scope(tenant):
            settled = model._default_manager.filter(due_at=None, created_at__lt=oldest)
            for batch in batches(settled):
                pruned += model._default_manager.filter(pk__in=batch).delete()[0]
    return pruned
