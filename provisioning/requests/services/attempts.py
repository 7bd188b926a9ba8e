"""Attempts: begun, ended."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Max, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.audit.events import ActorKind
from provisioning.requests.models.attempt import (
    AccountTicket,
    AttemptResult,
    ProvisioningAttempt,
    TicketStatus,
)
from provisioning.requests.models.request import ProvisioningRequest


def begin_attempt(request: ProvisioningRequest) -> ProvisioningAttempt:
    """The next attempt, with the next number, inside the caller's transaction."""
    last = request.attempts.aggregate(last=Max("number"))["last"] or 0
    return ProvisioningAttempt.objects.create(
        tenant_id=request.tenant_id, request=request, number=last + 1
    )


def running_attempt(request: ProvisioningRequest) -> ProvisioningAttempt | None:
    """The attempt that has no result yet, if there is one."""
    # There are few, and who works on many requests has fetched the attempts of all of them.
    return running_of(request.attempts.all())


def running_of(attempts: Iterable[ProvisioningAttempt]) -> ProvisioningAttempt | None:
    """The one of these `attempts` that has no result yet, if there is one."""
    running = (one for one in attempts if one.result == AttemptResult.RUNNING)
    return max(running, key=lambda one: one.number, default=None)


def end_attempt(
    request: ProvisioningRequest,
    result: AttemptResult,
    *,
    kind: str = "",
    message: str = "",
) -> ProvisioningAttempt | None:
    """Give the running attempt its result and close its ticket, inside the caller's transaction."""
    attempt = running_attempt(request)
    if attempt is None:
        return None
    attempt.result, attempt.error_kind = result, kind
    attempt.error_message, attempt.finished_at = message[:300], timezone.now()
    attempt.save(update_fields=["result", "error_kind", "error_message", "finished_at"])
    status = TicketStatus.CLOSED if result in _UNANSWERED else TicketStatus.ANSWERED
    AccountTicket.objects.filter(attempt=attempt, status=TicketStatus.OPEN).update(status=status)
    return attempt


def tries_since_person(request: ProvisioningRequest) -> int:
    """How many attempts have been made since a person last set the request going."""
    acts = request.moves.filter(actor_kind=ActorKind.PERSON.value).order_by("-created_at")
    asked = Coalesce(Subquery(acts.values("created_at")[:1]), Value(_EVER))
    return request.attempts.filter(started_at__gte=asked).count()


def set_tickets_aside(request: ProvisioningRequest, not_made: Iterable[str] = ()) -> None:
    """Wait no longer for what the tickets so far may have made, inside the caller's transaction.

    A person says that the accounts `not_made` are none of theirs. What else they may have
    made is looked for all the same.
    """
    ruled_out = list(not_made)
    for ticket in request.tickets.all():
        ticket.status = TicketStatus.DISOWNED
        ticket.accounts_before = list(dict.fromkeys([*ticket.accounts_before, *ruled_out]))
        ticket.save(update_fields=["status", "accounts_before"])


_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_UNANSWERED = frozenset({AttemptResult.NO_RETURN, AttemptResult.CANCELLED, AttemptResult.ERROR})
