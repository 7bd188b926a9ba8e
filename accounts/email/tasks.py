"""What workers do with old e-mails."""

from celery import shared_task
from django.utils import timezone

from accounts.email.services.retention import prune_mails


@shared_task(name="accounts.forget_mails")
def forget_mails() -> None:
    """Forget which mails went to whom long ago."""
    prune_mails(timezone.now())
