"""The unscoped reads of this app: each finds whose a row is, and nothing else."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.tenancy.row_security import unscoped_read
from provisioning.analytics.objects import SeenAccount
from provisioning.requests.candidates import TicketFacts
from provisioning.requests.models.account import ExtraAccount, ProvisionedAccount
from provisioning.requests.models.attempt import AccountTicket, TosOutcome
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import UNFINISHED, WORKED, FailureReason, Status
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.states import ConnectionStatus, FlowOutcome
from tokens.google.scopes import ANALYTICS_PROVISION


def is_due(now: datetime) -> Q:
    """What a worker has something to do for.

    Besides what is due by the clock: what waited for a Google account that has
    been connected meanwhile. That is read from the facts themselves, so no one
    has to remember to wake those requests up. Nothing of a tenant whose deletion is
    asked for: it goes on when the tenant is kept.
    """
    by_clock = Q(status__in=WORKED, due_at__lte=now)
    authorised = Q(Exists(connected_flows(OuterRef("authorization_id"))), status=Status.AUTHORIZING)
    repaired = Q(status=Status.NEEDS_RECONNECT, connection__status=ConnectionStatus.ACTIVE)
    repaired &= ~Q(failure=FailureReason.MISSING_PERMISSION) | Q(
        connection__scopes__contains=ANALYTICS_PROVISION
    )
    # Without its connection nobody could see the account that the terms would make.
    broken = Q(status=Status.AWAITING_TERMS) & ~Q(connection__status=ConnectionStatus.ACTIVE)
    woken = (authorised | repaired) & (Q(due_at=None) | Q(due_at__lte=now))
    return Q(tenant__deleted_at=None) & (by_clock | woken | broken)


def is_due_by_clock(row: ProvisioningRequest, now: datetime) -> bool:
    """The half of `is_due` that stands in the row itself and its tenant, both of them read."""
    if row.tenant.deleted_at is not None or row.status not in WORKED:
        return False
    return row.due_at is not None and row.due_at <= now


def connected_flows(flow_id: UUID | OuterRef | None) -> QuerySet[OAuthFlow]:
    """The flow, or those that tried it again, if they ended with a connection."""
    same = Q(pk=flow_id) | Q(first_try=flow_id)
    return OAuthFlow._base_manager.filter(same, outcome=FlowOutcome.CONNECTED)


@unscoped_read
def due_requests(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, request) of what is due, longest waiting first: steps, then looks at Google."""
    steps = (
        ProvisioningRequest._base_manager.filter(is_due(now))
        .order_by("due_at")
        .values_list("tenant_id", "pk")
    )
    looks = (
        AccountTicket._base_manager.filter(look_at__lte=now, tenant__deleted_at=None)
        .order_by("look_at")
        .values_list("tenant_id", "request")
    )
    return list(dict.fromkeys([*steps[:limit], *looks[:limit]]))


@unscoped_read
def unfinished_requests(before: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, request) of what nobody has gone on with since `before`, longest left first."""
    left = ProvisioningRequest._base_manager.filter(
        status__in=sorted(UNFINISHED), updated_at__lt=before, tenant__deleted_at=None
    )
    return list(left.order_by("updated_at").values_list("tenant_id", "pk")[:limit])


@unscoped_read
def ticket_of(google_ticket_id: str) -> tuple[UUID, UUID] | None:
    """(tenant, ticket) that a return from the terms page speaks of."""
    return (
        AccountTicket._base_manager.filter(ticket_id=google_ticket_id)
        .values_list("tenant_id", "pk")
        .first()
    )


@unscoped_read
def known_accounts(request: ProvisioningRequest, account_ids: Iterable[str]) -> set[str]:
    """Which of these Analytics accounts the portal knows as something else's already.

    They answer another request, were picked for one of the same tenant, or were found
    besides one, in whatever tenant.
    """
    wanted = list(account_ids)
    confirmed = ProvisionedAccount._base_manager.filter(
        Q(existing=False) | Q(tenant=request.tenant_id), account_id__in=wanted
    )
    besides = ExtraAccount._base_manager.filter(account_id__in=wanted)
    return {
        *confirmed.values_list("account_id", flat=True),
        *besides.values_list("account_id", flat=True),
    }


@unscoped_read
def rival_tickets(
    request: ProvisioningRequest, connection: GoogleConnection | None, account: SeenAccount
) -> list[TicketFacts]:
    """What is known of other requests' tickets that may have made `account`.

    Those are tickets of the same person at Google, in whatever tenant, for that name or
    named with that account, of which something is still expected or whose request has
    no account yet.
    """
    if connection is None:
        return []
    named = TosOutcome._base_manager.filter(
        ticket=OuterRef("pk"), reported_account_id=account.account_id
    )
    alike = Q(account_name=account.name) | Q(account_name="", request__account_name=account.name)
    rows = (
        AccountTicket._base_manager.filter(
            alike | Q(Exists(named)),
            Q(request__account=None) | Q(look_at__isnull=False),
            connection__sub=connection.sub,
            made_account_id="",
        )
        .exclude(request=request)
        .select_related("request")
        .prefetch_related(Prefetch("outcomes", TosOutcome._base_manager.all()))
    )
    return [ticket.facts for ticket in rows]
