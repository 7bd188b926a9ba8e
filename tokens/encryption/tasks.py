"""What workers do with keys."""

from celery import shared_task
from django.utils import timezone

from accounts.tenancy.tasks import SLICE_SECONDS
from tokens.encryption.availability import key_availability
from tokens.encryption.services.restore_hold import leave_if_well, tell_of_lock
from tokens.encryption.services.rotation import work_for_a_while


@shared_task(name="tokens.rotate_keys")
def rotate_keys() -> None:
    """Go on with whatever key rotation is running."""
    if key_availability().may_work:
        work_for_a_while(SLICE_SECONDS)


@shared_task(name="tokens.leave_quarantine")
def leave_quarantine() -> None:
    """After a restore, open every secret and let work go on when all is well.

    Where a key is missing for it, or without a restore, staff are told.
    """
    tell_of_lock(timezone.now())
    leave_if_well()
