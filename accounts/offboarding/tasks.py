"""What workers do about organisations that end."""

from uuid import UUID

from celery import shared_task

from accounts.offboarding.services.emails import send_leaving_mail
from accounts.tenancy.tasks import TenantTask


@shared_task(base=TenantTask, name="accounts.leaving_mail")
def leaving_mail(tenant_id: str, mail_id: str) -> None:
    """Tell one owner that the organisation will be deleted, or stays."""
    send_leaving_mail(UUID(mail_id))
