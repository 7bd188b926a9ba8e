"""What staff see first: what waits, what is stuck, where people stop, over all tenants.

Read inside `across_tenants()`, which staff pages open.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.email.models import QueuedEmail
from portal.operations.heartbeat import is_alive, seconds_since_beat
from portal.pages.funnel import funnel
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import WORKED, Status
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import has_portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation, RevocationState
from tokens.connections.states import ConnectionStatus
from tokens.service_accounts.models.rotation import ServiceAccountRotation

_DAYS = 30
_SHOWN = 10
_LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows that workers have something to do for: how many are due, since when, and where."""

    name: str
    due: int
    oldest: datetime | None
    url: str

    @property
    def tone(self) -> str:
        """Whether somebody should look: nothing may be due for ten minutes."""
        late = self.oldest is not None and self.oldest < timezone.now() - _LATE
        return "bad" if late else "ok"


def queues() -> list[Queue]:
    """What is due, longest waiting first in each queue."""
    now = timezone.now()
    requests = ProvisioningRequest.objects.filter(status__in=WORKED, due_at__lte=now)
    refreshes = GoogleConnection.objects.filter(
        status=ConnectionStatus.ACTIVE, refresh_due_at__lte=now
    )
    revocations = Revocation.objects.filter(state=RevocationState.WAITING, due_at__lte=now)
    rotations = ServiceAccountRotation.objects.filter(finished_at=None, due_at__lte=now)
    emails = QueuedEmail.objects.filter(due_at__lte=now)
    return [
        _queue("Requests", requests, "due_at", "admin:provisioning_provisioningrequest_changelist"),
        _queue(
            "Refreshes", refreshes, "refresh_due_at", "admin:tokens_googleconnection_changelist"
        ),
        _queue("Revocations", revocations, "due_at", "admin:tokens_revocation_changelist"),
        _queue(
            "Service account keys",
            rotations,
            "due_at",
            "admin:tokens_serviceaccountrotation_changelist",
        ),
        # What the mail server refused is due again later: the list tells of it.
        _queue("E-mails", emails, "due_at", "admin:accounts_queuedemail_changelist"),
    ]


def _queue(name: str, rows: QuerySet[Any], column: str, url: str) -> Queue:
    found = rows.aggregate(many=Count("pk"), oldest=Min(column))
    return Queue(name, found["many"], found["oldest"], reverse(url))


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of the installation's health."""

    tone: str
    name: str
    seen: str


def health() -> list[Sign]:
    """Worker and the portal's own OAuth clients; the queues tell the rest."""
    seconds = seconds_since_beat()
    seen = "has never said that it is alive" if seconds is None else f"alive {seconds:.0f} s ago"
    paused = OAuthClient.objects.filter(paused_at__isnull=False, tenant=None)
    why = "; ".join(f"{client.name}: {client.pause_reason}" for client in paused[:3])
    state = f"paused: {why}" if why else "none is paused"
    if not has_portal_client():
        why = state = "the portal has none of its own: upload one, or name it in the environment"
    return [
        Sign("ok" if is_alive() else "bad", "Worker", seen),
        Sign("bad" if why else "ok", "OAuth clients", state),
    ]


def stuck() -> QuerySet[ProvisioningRequest]:
    """Requests that should have been worked on by now, or that the portal gave up on lately."""
    now = timezone.now()
    overdue = Q(status__in=WORKED, due_at__lt=now - _LATE)
    given_up = Q(status=Status.FAILED, updated_at__gt=now - timedelta(days=7))
    return (
        ProvisioningRequest.objects.filter(overdue | given_up)
        .select_related("tenant")
        .order_by("updated_at")[:_SHOWN]
    )


def month_funnel() -> list[tuple[str, int]]:
    """Where people stopped in the last 30 days."""
    since = timezone.now() - timedelta(days=_DAYS)
    rows = ProvisioningRequest.objects.filter(created_at__gte=since)
    return funnel(rows, rows.count())
