"""What workers do about OAuth clients."""

from uuid import UUID

from celery import shared_task

from accounts.tenancy.tasks import TenantTask
from tokens.clients.services.emails import send_client_mail


@shared_task(base=TenantTask, name="tokens.mail_client")
def mail_client(tenant_id: str, mail_id: str) -> None:
    """Send one mail about an OAuth client."""
    send_client_mail(UUID(mail_id))
