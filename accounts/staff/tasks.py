"""What workers do for staff."""

from celery import shared_task
from django.utils import timezone

from accounts.staff.services.emails import due_staff_mails, send_staff_mail
from accounts.staff.services.error_reports import forget_errors


@shared_task(name="accounts.mail_staff")
def mail_staff() -> None:
    """Send the mails to staff that are due: in a quarantine too, which one of them is about."""
    for pk in due_staff_mails(timezone.now()):
        send_staff_mail(pk)


@shared_task(name="accounts.forget_errors")
def forget_old_errors() -> None:
    """Forget errors of the portal of long ago."""
    forget_errors(timezone.now())
