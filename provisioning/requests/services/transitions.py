"""The only writer of a request's status.

A move is a compare-and-set, its `StatusChange` row and its audit row, in one
transaction: either all three exist or none does, and of two that want to move
the same request one is told that it came too late.
"""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.audit.recording import Actor, record
from accounts.tenancy.transactions import joined
from provisioning.events import Event
from provisioning.requests.models.attempt import ProvisioningAttempt
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange
from provisioning.requests.states import Status, may_change


class UnlawfulMove(Exception):
    """The table of states does not know this move."""


class TooLate(Exception):
    """Somebody else moved the request first. Nothing was changed."""


def change_status(
    request: ProvisioningRequest,
    new: Status,
    *,
    reason: str,
    actor: Actor,
    attempt: ProvisioningAttempt | None = None,
    due_at: datetime | None = None,
    **changes: Any,
) -> StatusChange:
    """Move `request`, as it was read, to `new`.

    `reason` is a sentence for the timeline, `due_at` says when a worker has to
    look next, `changes` are other columns to set in the same write. The step's
    count of tries begins anew, and so does the lease of whoever worked on it.

    Raises:
        UnlawfulMove: `new` may not follow the request's status.
        TooLate: the request is not any more what it was when it was read.
    """
    old = Status(request.status)
    if not may_change(old, new):
        raise UnlawfulMove(f"{old.value} → {new.value}")
    written = {
        "problem": "",
        "failure": "",
        "tries": 0,
        **changes,
        "due_at": due_at,
        "status": new.value,
        "updated_at": timezone.now(),
    }
    with joined():
        moved = ProvisioningRequest.objects.filter(
            pk=request.pk, status=old, fencing_token=request.fencing_token
        ).update(fencing_token=F("fencing_token") + 1, version=F("version") + 1, **written)
        if not moved:
            raise TooLate(f"{request.pk} is not {old.value} any more")
        # Nobody else can have written what the fencing token guards, so this is how the row is now.
        for name, value in written.items():
            setattr(request, name, value)
        request.fencing_token += 1
        request.version += 1
        return _write(request, old.value, reason, actor, attempt)


def first_change(request: ProvisioningRequest, *, reason: str, actor: Actor) -> StatusChange:
    """Write how a new request began, inside the transaction that creates it."""
    return _write(request, "", reason, actor, None)


def _write(
    request: ProvisioningRequest,
    old: str,
    reason: str,
    actor: Actor,
    attempt: ProvisioningAttempt | None,
) -> StatusChange:
    row = StatusChange.objects.create(
        tenant_id=request.tenant_id,
        request=request,
        old=old,
        new=request.status,
        reason=reason[:300],
        actor_kind=actor.kind.value,
        actor=actor.user,
        attempt=attempt,
    )
    tag = Event.REQUEST_MOVED if old else Event.REQUEST_CREATED
    record(tag, actor, target=request, old=old, new=request.status, reason=reason)
    return row
