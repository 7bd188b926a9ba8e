"""What workers do about organisations whose time is over."""

from celery import shared_task

from accounts.tenancy.tasks import SLICE_SECONDS
from portal.offboarding.erasure import erase_for_a_while


@shared_task(name="portal.erase_deleted")
def erase_deleted() -> None:
    """Go on deleting organisations whose grace period is over."""
    erase_for_a_while(SLICE_SECONDS)
