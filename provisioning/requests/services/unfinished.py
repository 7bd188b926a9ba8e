"""Tidying away requests that nobody finishes, and saying so beforehand."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.emails import RequestEnding, warn_of_ending
from provisioning.requests.services.transitions import TooLate, change_status
from provisioning.requests.states import UNFINISHED, Status
from provisioning.requests.unfinished import days_of_notice, ends_at


def first_warning(now: datetime) -> datetime | None:
    """Since when nobody has gone on with what is warned about by `now`; None when nothing ends."""
    days = settings.UNFINISHED_DAYS
    return now - timedelta(days=days - days_of_notice()) if days > 0 else None


@transaction.atomic
def tidy(pk: UUID) -> None:
    """Tell the person of an unfinished request that it ends; cancel it once its time is over.

    It is cancelled only when the notice was given and its days have passed, however long ago
    it was left. What somebody goes on with meanwhile begins anew.
    """
    rows = ProvisioningRequest.objects.select_related("tenant")
    request = rows.filter(pk=pk, status__in=UNFINISHED).first()
    ends = ends_at(request) if request else None
    if request is None or ends is None:
        return
    now = timezone.now()
    about = QueuedEmail.objects.filter(target_id=str(request.pk), kind=RequestEnding.name)
    told = about.filter(occasion=request.updated_at.isoformat())
    if not told.exists():
        if request.updated_at < (first_warning(now) or now):
            warn_of_ending(request)
        return
    if now >= ends and told.filter(created_at__lte=now - timedelta(days=days_of_notice())).exists():
        _cancel(request)


def _cancel(request: ProvisioningRequest) -> None:
    days = settings.UNFINISHED_DAYS
    try:
        change_status(
            request,
            Status.CANCELLED,
            reason=f"Nobody finished it for {days} days. Nothing was sent to Google",
            actor=by_worker(),
        )
    except TooLate:
        # Somebody has gone on with it in this very moment.
        return
