"""Who works on a request: leases by compare-and-set, results guarded by the fencing token.

`due_at` says when there is something to do. A lease pushes it forward by a
lease and raises the fencing token, so that a worker that dies gives the request back by
itself and one that was only slow cannot write over its successor. A lease that nobody
gives back counts as a failed try.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from provisioning.analytics.google.calls import before_each_call
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.transitions import TooLate
from provisioning.requests.unscoped import is_due, is_due_by_clock

# Longer than the longest single call to Google, so that a slow answer is not
# taken for a dead worker.
LEASE = timedelta(seconds=settings.GOOGLE_TIMEOUT * 3)


def lease(pk: UUID) -> ProvisioningRequest | None:
    """The request, leased to the caller; None when nothing is due or somebody else has it.

    What went wrong the time before is told only as long as the request waits for it.
    """
    now = timezone.now()
    rows = ProvisioningRequest.objects.select_related("connection__client", "tenant")
    seen = rows.filter(pk=pk).first()
    if seen is None:
        return None
    if not is_due_by_clock(seen, now) and not rows.filter(is_due(now), pk=pk).exists():
        return None
    return _lease(seen, now)


def lease_again(request: ProvisioningRequest) -> ProvisioningRequest | None:
    """`request` for its next step, as the last one has left it; None as with `lease`."""
    now = timezone.now()
    return _lease(request, now) if is_due_by_clock(request, now) else None


def _lease(seen: ProvisioningRequest, now: datetime) -> ProvisioningRequest | None:
    # Details and the awaited flow change without the fencing token: they must be as seen.
    taken = ProvisioningRequest.objects.filter(
        pk=seen.pk,
        status=seen.status,
        fencing_token=seen.fencing_token,
        updated_at=seen.updated_at,
        authorization=seen.authorization_id,
    ).update(
        fencing_token=F("fencing_token") + 1, tries=F("tries") + 1, due_at=now + LEASE, problem=""
    )
    if not taken:
        return None
    # Whoever gives the lease back writes `tries` as they were, so only a lost one adds to them.
    seen.fencing_token, seen.due_at, seen.problem = seen.fencing_token + 1, now + LEASE, ""
    return seen


@contextmanager
def kept(request: ProvisioningRequest) -> Iterator[None]:
    """Keep the lease of `request` through a step of many calls to Google.

    It is lengthened before a call once a third of it is over, so that what is left always
    outlasts one call, and no write is sent by a worker whose lease is gone.
    """

    def lengthen() -> None:
        if request.due_at is None or request.due_at < timezone.now() + LEASE * 2 / 3:
            extend(request)

    with before_each_call(lengthen):
        yield


def extend(request: ProvisioningRequest) -> None:
    """Make sure that the lease is still ours, and lengthen it.

    Raises:
        TooLate: somebody else has the request.
    """
    due_at = timezone.now() + LEASE
    if not _ours(request).update(due_at=due_at):
        raise TooLate(f"{request.pk} is being worked on by somebody else")
    request.due_at = due_at


def postpone(request: ProvisioningRequest, until: datetime, problem: str) -> None:
    """Give the lease back until `until`, one more try having failed with `problem`.

    Raises:
        TooLate: somebody else has the request.
    """
    _write(request, until, request.tries + 1, problem)


def hold(request: ProvisioningRequest, until: datetime, why: str) -> None:
    """Give the lease back until `until`, nothing having failed.

    Raises:
        TooLate: somebody else has the request.
    """
    _write(request, until, request.tries, why)


def _write(request: ProvisioningRequest, due_at: datetime, tries: int, problem: str) -> None:
    written = _ours(request).update(
        due_at=due_at, tries=tries, problem=problem[:300], updated_at=timezone.now()
    )
    if not written:
        raise TooLate(f"{request.pk} is being worked on by somebody else")
    request.due_at, request.tries, request.problem = due_at, tries, problem


def _ours(request: ProvisioningRequest) -> QuerySet[ProvisioningRequest]:
    """The row, as long as nobody else has leased or moved it."""
    return ProvisioningRequest.objects.filter(
        pk=request.pk, status=request.status, fencing_token=request.fencing_token
    )
