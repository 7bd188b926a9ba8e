"""What workers do for the audit record."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from accounts.audit.services.chain import link_new
from accounts.audit.unscoped import tenants_with_unlinked_acts


@shared_task(name="accounts.link_audit")
def link_audit() -> None:
    """Chain what was recorded lately. What is older, `manage.py verify_audit` chains."""
    since = timezone.now() - timedelta(days=1)
    for tenant in tenants_with_unlinked_acts(since):
        link_new(tenant, since)
