"""When a request that nobody finishes is tidied away. Pure: no queries, no input or output."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from provisioning.requests.states import UNFINISHED

if TYPE_CHECKING:
    from provisioning.requests.models.request import ProvisioningRequest

_NOTICE_DAYS = 7


def days_of_notice() -> int:
    """How many days before the end a person is told of it."""
    return int(min(_NOTICE_DAYS, settings.UNFINISHED_DAYS // 2))


def ends_at(request: "ProvisioningRequest") -> datetime | None:
    """When an unfinished request is cancelled if nobody goes on with it; None for never.

    At the earliest: it is never cancelled before its person has had notice.
    """
    if request.status not in UNFINISHED or settings.UNFINISHED_DAYS <= 0:
        return None
    return request.updated_at + timedelta(days=settings.UNFINISHED_DAYS)
