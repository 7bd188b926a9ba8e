"""What workers do with e-mails."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.email.services.queue import send
from accounts.email.services.retention import prune_emails
from accounts.tenancy.tasks import TenantTask


@shared_task(base=TenantTask, name="accounts.send_email")
def send_email(tenant_id: str, email_id: str) -> None:
    """Send one e-mail of a tenant."""
    send(UUID(email_id))


@shared_task(name="accounts.forget_emails")
def forget_emails() -> None:
    """Forget which e-mails went to whom long ago."""
    prune_emails(timezone.now())
