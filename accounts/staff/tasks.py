"""What workers do for staff."""

from celery import shared_task
from django.utils import timezone

from accounts.staff.services.error_reports import forget_errors


@shared_task(name="accounts.forget_errors")
def forget_old_errors() -> None:
    """Forget errors of the portal of long ago."""
    forget_errors(timezone.now())
