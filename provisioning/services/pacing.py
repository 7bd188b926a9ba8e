"""Waiting for Google's quotas instead of running into them.

All workers take from the same buckets before they write. Who finds one empty
gives the request back until it has filled, which is no failed try.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from provisioning.google.quotas import Share, day_began, day_ends, shares
from provisioning.models import ProvisioningRequest
from provisioning.services.leases import hold
from tokens.google.errors import ErrorKind, GoogleError
from tokens.services.buckets import drain, give_back, take_of_day, wait_for


def may_call(request: ProvisioningRequest, *, ticket: bool) -> bool:
    """Take what the next call costs; without it the request waits, and says until when."""
    needed = _shares(request, ticket=ticket)
    for number, share in enumerate(needed):
        until = _take(share)
        if until is not None:
            for taken in needed[:number]:
                give_back(taken.bucket, taken.amount)
            hold(request, until, f"{share.words}. This goes on {_at(until)}.")
            return False
    return True


def heed(request: ProvisioningRequest, error: GoogleError, *, ticket: bool) -> None:
    """Google has counted more than we did: let nobody take before the time it names."""
    if error.kind is not ErrorKind.RATE_LIMITED:
        return
    for share in _shares(request, ticket=ticket):
        if share.rate is not None:
            drain(share.bucket, (error.retry_after or 1.0) * share.rate)
        elif error.trouble.code == "dailyLimitExceeded":
            drain(share.bucket, 0.0)


def _shares(request: ProvisioningRequest, *, ticket: bool) -> Sequence[Share]:
    connection = request.connection
    if connection is None:
        return ()
    # A client's id begins with the number of its project, to which Google counts.
    project = connection.client.client_id.partition("-")[0]
    return shares(request.dialect, project, connection.sub, ticket=ticket)


def _take(share: Share) -> datetime | None:
    """Take it, or say when it will be there."""
    now = timezone.now()
    if share.rate is None:
        taken = take_of_day(share.bucket, share.amount, share.holds, since=day_began(now))
        return None if taken else day_ends(now)
    seconds = wait_for(share.bucket, share.amount, rate=share.rate, burst=share.holds)
    return now + timedelta(seconds=seconds) if seconds else None


def _at(moment: datetime) -> str:
    """“at 08:00 UTC”, with the day unless it is today."""
    moment = moment.astimezone(timezone.get_default_timezone())
    today = moment.date() == timezone.localdate(timezone=timezone.get_default_timezone())
    return moment.strftime("at %H:%M:%S %Z" if today else "on %-d %B at %H:%M %Z")
