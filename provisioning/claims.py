"""The unscoped reads of this room: each finds whose a row is, and nothing else."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.fence import claim
from provisioning.models import (
    AccountTicket,
    ProvisionedAccount,
    ProvisioningRequest,
    RequestMail,
    TermsMail,
    TosOutcome,
)
from provisioning.models.attempt import TicketStatus
from provisioning.states import UNFINISHED, WORKED, FailureReason, Status
from provisioning.tos import NOTHING_CREATED
from tokens.models import Authorization
from tokens.scopes import ANALYTICS_PROVISION
from tokens.states import ConnectionStatus, TripOutcome


def is_due(now: datetime) -> Q:
    """What a worker has something to do for.

    Besides what is due by the clock: what waited for a Google account that has
    been connected meanwhile. That is read from the facts themselves, so no one
    has to remember to wake those requests up. Nothing of a tenant whose deletion is
    asked for: it goes on when the tenant is kept.
    """
    by_clock = Q(status__in=WORKED, due_at__lte=now)
    authorised = Q(Exists(connected_trips(OuterRef("authorization_id"))), status=Status.AUTHORIZING)
    repaired = Q(status=Status.NEEDS_RECONNECT, connection__status=ConnectionStatus.ACTIVE)
    repaired &= ~Q(failure=FailureReason.MISSING_PERMISSION) | Q(
        connection__scopes__contains=ANALYTICS_PROVISION
    )
    woken = (authorised | repaired) & (Q(due_at=None) | Q(due_at__lte=now))
    return Q(tenant__deleted_at=None) & (by_clock | woken)


def is_due_by_clock(row: ProvisioningRequest, now: datetime) -> bool:
    """The half of `is_due` that stands in the row itself and its tenant, both of them read."""
    if row.tenant.deleted_at is not None or row.status not in WORKED:
        return False
    return row.due_at is not None and row.due_at <= now


def connected_trips(trip_id: UUID | OuterRef | None) -> QuerySet[Authorization]:
    """The trip, or those that tried it again, if they ended with a connection."""
    same = Q(pk=trip_id) | Q(first_try=trip_id)
    return Authorization._base_manager.filter(same, outcome=TripOutcome.CONNECTED)


@claim
def due_requests(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, request) of what is due, longest waiting first."""
    return list(
        ProvisioningRequest._base_manager.filter(is_due(now))
        .order_by("due_at")
        .values_list("tenant_id", "pk")[:limit]
    )


@claim
def due_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, mail) of the mails to be sent, longest waiting first."""
    return list(
        TermsMail._base_manager.filter(due_at__lte=now, tenant__deleted_at=None)
        .order_by("due_at")
        .values_list("tenant_id", "pk")[:limit]
    )


@claim
def due_request_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, person) who are to be told of requests."""
    due = RequestMail._base_manager.filter(due_at__lte=now, tenant__deleted_at=None)
    return list(due.order_by().values_list("tenant_id", "recipient_id").distinct()[:limit])


@claim
def unfinished_requests(before: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, request) of what nobody has gone on with since `before`, longest left first."""
    left = ProvisioningRequest._base_manager.filter(
        status__in=sorted(UNFINISHED), updated_at__lt=before, tenant__deleted_at=None
    )
    return list(left.order_by("updated_at").values_list("tenant_id", "pk")[:limit])


@claim
def ticket_of(google_ticket_id: str) -> tuple[UUID, UUID] | None:
    """(tenant, ticket) that a return from the terms page speaks of."""
    return (
        AccountTicket._base_manager.filter(ticket_id=google_ticket_id)
        .values_list("tenant_id", "pk")
        .first()
    )


@claim
def claimed_accounts(account_ids: Iterable[str]) -> set[str]:
    """Which of these Analytics accounts already answer a request, in whatever tenant."""
    return set(
        ProvisionedAccount._base_manager.filter(
            account_id__in=list(account_ids), existing=False
        ).values_list("account_id", flat=True)
    )


@claim
def has_rivals(request: ProvisioningRequest, since: datetime, until: datetime) -> bool:
    """Whether another request's ticket may have made an account of this name in that time.

    That is a ticket of the same person at Google, in whatever tenant, whose request
    has no account yet and that was not answered by "nothing was created".
    """
    if request.connection is None:
        return False
    refused = TosOutcome._base_manager.filter(
        ticket=OuterRef("pk"), counted=True, kind__in=NOTHING_CREATED
    )
    return (
        AccountTicket._base_manager.filter(
            ~Exists(refused),
            connection__sub=request.connection.sub,
            request__account_name=request.account_name,
            request__account=None,
            created_at__lte=until,
            expires_at__gte=since,
        )
        .exclude(request=request)
        .exclude(status=TicketStatus.DISOWNED)
        .exists()
    )
