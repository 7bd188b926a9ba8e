"""How long it is kept which e-mails went to whom, or did not."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from accounts.email.models import QueuedEmail
from accounts.email.unscoped import tenants_with_emails_before
from accounts.tenancy.scope import tenant_scope
from accounts.tenancy.transactions import batches


def prune_emails(now: datetime) -> int:
    """Forget e-mails that are older than the setting allows; says how many.

    Not those that are still to be sent.
    """
    days = settings.MAIL_RETENTION_DAYS
    if days <= 0:
        return 0
    oldest = now - timedelta(days=days)
    pruned = _forget(QueuedEmail.of_portal(), oldest)
    for tenant in tenants_with_emails_before(oldest):
        with tenant_scope(tenant):
            pruned += _forget(QueuedEmail.objects.all(), oldest)
    return pruned


def _forget(emails: QuerySet[QueuedEmail], oldest: datetime) -> int:
    settled = emails.filter(due_at=None, created_at__lt=oldest)
    return sum(emails.filter(pk__in=batch).delete()[0] for batch in batches(settled))
