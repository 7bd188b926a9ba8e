"""What workers do about organisations whose time is over."""

from celery import shared_task

from portal.offboarding.erasure import erase_for_a_while
from portal.operations.tasks import _SLICE_SECONDS


@shared_task(name="portal.erase_deleted")
def erase_deleted() -> None:
    """Go on deleting organisations whose grace period is over."""
    erase_for_a_while(_SLICE_SECONDS)
