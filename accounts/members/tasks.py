"""What workers do about memberships."""

from uuid import UUID

from celery import shared_task

from accounts.members.services.emails import send_member_mail
from accounts.tenancy.tasks import TenantTask


@shared_task(base=TenantTask, name="accounts.mail")
def mail(tenant_id: str, mail_id: str) -> None:
    """Send one mail about a membership."""
    send_member_mail(UUID(mail_id))
