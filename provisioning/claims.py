"""The unscoped reads of this room: each finds whose a row is, and nothing else."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from provisioning.models import AccountTicket, ProvisionedAccount, ProvisioningRequest
from provisioning.states import WORKED, Status
from tokens.models import Authorization
from tokens.states import ConnectionStatus, TripOutcome


def is_due(now: datetime) -> Q:
    """What a worker has something to do for.

    Besides what is due by the clock: what waited for a Google account that has
    been connected meanwhile. That is read from the facts themselves, so no one
    has to remember to wake those requests up.
    """
    by_clock = Q(status__in=WORKED, due_at__lte=now)
    authorised = Q(Exists(connected_trips(OuterRef("authorization_id"))), status=Status.AUTHORIZING)
    repaired = Q(status=Status.NEEDS_RECONNECT, connection__status=ConnectionStatus.ACTIVE)
    return by_clock | ((authorised | repaired) & (Q(due_at=None) | Q(due_at__lte=now)))


def connected_trips(trip_id: UUID | OuterRef | None) -> QuerySet[Authorization]:
    """The trip, or those that tried it again, if they ended with a connection."""
    same = Q(pk=trip_id) | Q(first_try=trip_id)
    return Authorization._base_manager.filter(same, outcome=TripOutcome.CONNECTED)


def due_requests(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, request) of what is due, longest waiting first."""
    return list(
        ProvisioningRequest._base_manager.filter(is_due(now))
        .order_by("due_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def ticket_of(google_ticket_id: str) -> tuple[UUID, UUID] | None:
    """(tenant, ticket) that a return from the terms page speaks of."""
    return (
        AccountTicket._base_manager.filter(ticket_id=google_ticket_id)
        .values_list("tenant_id", "pk")
        .first()
    )


def claimed_accounts(account_ids: Iterable[str]) -> set[str]:
    """Which of these Analytics accounts already answer a request, in whatever tenant."""
    return set(
        ProvisionedAccount._base_manager.filter(account_id__in=list(account_ids)).values_list(
            "account_id", flat=True
        )
    )
