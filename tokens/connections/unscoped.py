"""The unscoped reads of this app: each finds whose a row is, and nothing else."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.tenancy.models import Tenant
from accounts.tenancy.row_security import unscoped_read
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken, LedgerState
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.models.revocation import Revocation, RevocationState
from tokens.connections.states import ConnectionStatus, ReconnectReason

# Google's own client ids begin with the number of their Cloud project.
_PROJECT_NUMBER = re.compile(r"\d+-", re.ASCII)

# A row whose refresh began this often and never ended kills workers: it is set aside.
POISON_TRIES = 5


@unscoped_read
def flow_of_state(state_hash: str) -> tuple[UUID, UUID, UUID | None] | None:
    """(flow, tenant, reconnect link) of a callback's state, before any tenant is known."""
    return (
        OAuthFlow._base_manager.filter(state_hash=state_hash)
        .values_list("pk", "tenant_id", "link_id")
        .first()
    )


@unscoped_read
def link_of_token(token_hash: str) -> tuple[UUID, UUID] | None:
    """(link, tenant) of the token in a reconnect link's address."""
    return (
        ReconnectLink._base_manager.filter(token_hash=token_hash)
        .values_list("pk", "tenant_id")
        .first()
    )


@unscoped_read
def clients_with_due_refreshes(now: datetime) -> list[OAuthClient]:
    """Clients that have something to refresh. A paused one only when it is to be probed."""
    due = _due(now).filter(client=OuterRef("pk"))
    may = Q(paused_at=None) | Q(probe_at__lte=now)
    rows = OAuthClient._base_manager.select_related("tenant").filter(may, removed_at=None)
    return list(rows.filter(Exists(due)))


@unscoped_read
def through_removed_clients(limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, client) where connections still stand through a removed client of the portal's."""
    gone = OAuthClient._base_manager.filter(tenant=None, removed_at__isnull=False)
    removed = list(gone.values_list("pk", flat=True))
    if not removed:
        return []
    alive = (
        GoogleConnection._base_manager.filter(client__in=removed, tenant__deleted_at=None)
        .exclude(status=ConnectionStatus.DISCONNECTED)
        .exclude(status=ConnectionStatus.NEEDS_RECONNECT, reason=ReconnectReason.CLIENT_REMOVED)
    )
    return list(alive.order_by().values_list("tenant_id", "client_id").distinct()[:limit])


@unscoped_read
def tenants_with_due_refreshes(client_id: UUID, now: datetime) -> list[Tenant]:
    """Tenants of a client that have something to refresh, in an order that differs each time."""
    due = _due(now).filter(tenant=OuterRef("pk"), client=client_id)
    return list(Tenant.objects.filter(Exists(due)).order_by("?"))


@unscoped_read
def tenants_with_poison(now: datetime) -> list[Tenant]:
    """Tenants with connections whose refreshes begin again and again and never end."""
    begun = GoogleConnection._base_manager.filter(
        tenant=OuterRef("pk"),
        status=ConnectionStatus.ACTIVE,
        refresh_due_at__lte=now,
        refresh_tries__gte=POISON_TRIES,
    )
    return list(Tenant.objects.filter(Exists(begun)))


def _due(now: datetime) -> QuerySet[GoogleConnection]:
    """Nothing of a tenant whose deletion is asked for: it is left as it is, to be kept or to go."""
    return GoogleConnection._base_manager.filter(
        status=ConnectionStatus.ACTIVE,
        refresh_due_at__lte=now,
        refresh_tries__lt=POISON_TRIES,
        tenant__deleted_at=None,
    )


@unscoped_read
def living_on(client_id: str, sub: str, *, besides: UUID | None = None) -> int:
    """How many connections of this client's project live on one Google account, in all tenants.

    Revoking any token of a project ends all of them (contract §1.4). Tells a
    number and nothing about whose they are.
    """
    number = _PROJECT_NUMBER.match(client_id)
    project = Q(client__client_id=client_id)
    if number:
        project |= Q(client__client_id__startswith=number.group())
    living = (
        GoogleConnection._base_manager.filter(project, sub=sub, refresh_token__isnull=False)
        .exclude(status=ConnectionStatus.DISCONNECTED)
        .exclude(status=ConnectionStatus.NEEDS_RECONNECT, reason=ReconnectReason.REVOKED)
    )
    return (living.exclude(pk=besides) if besides else living).count()


@unscoped_read
def due_revocations(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, revocation) of what Google is to be asked now, longest waiting first."""
    return list(
        Revocation._base_manager.filter(state=RevocationState.WAITING, due_at__lte=now)
        .order_by("due_at")
        .values_list("tenant_id", "pk")[:limit]
    )


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One issued refresh token, as the whole ledger may know it: an id, an order, a state."""

    pk: UUID
    connection_id: UUID
    state: LedgerState
    ended_at: datetime | None


@unscoped_read
def ledger_of(client_id: str, sub: str) -> list[LedgerLine]:
    """Every refresh token that Google issued to this client for one account, oldest first.

    Google counts over all tenants, so this does; it tells ids and no names.
    """
    rows = IssuedRefreshToken._base_manager.filter(client__client_id=client_id, sub=sub)
    return [
        LedgerLine(pk, connection_id, LedgerState(state), ended_at)
        for pk, connection_id, state, ended_at in rows.order_by("issued_at", "pk").values_list(
            "pk", "connection_id", "state", "ended_at"
        )
    ]


@unscoped_read
def paused_clients() -> list[str]:
    """The portal's clients that Google refuses or staff have paused, each with the reason.

    One that an organisation brought is its own matter: its owners are told.
    """
    paused = OAuthClient._base_manager.filter(paused_at__isnull=False, tenant=None)
    rows = paused.order_by("client_id")
    return [
        f"{client_id}: {why}" for client_id, why in rows.values_list("client_id", "pause_reason")
    ]


@unscoped_read
def overdue_refreshes(now: datetime) -> int:
    """How many connections have been due for a refresh since before `now`."""
    return _due(now).count()
