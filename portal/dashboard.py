"""Reads that join rooms: what needs a person, and the figures of the home page."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Tenant, User
from provisioning.models import ProvisionedAccount, ProvisioningRequest
from provisioning.models.attempt import AttemptResult, ProvisioningAttempt
from provisioning.states import FACES, NEEDS_A_PERSON, WORKED, Action, Owner, Status
from tokens.models import GoogleConnection
from tokens.states import ConnectionStatus

_SHOWN = 8
_DAYS = 30
_ANSWERS = (
    AttemptResult.ACCEPTED,
    AttemptResult.USER_CANCEL,
    AttemptResult.MAX_ACCOUNTS_REACHED,
    AttemptResult.BACKEND_ERROR,
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things of each kind wait for a person."""

    requests: int = 0
    connections: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person, and the one action that it waits for."""

    tone: str
    state: str
    title: str
    detail: str
    action_label: str
    action_url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the getting-started list."""

    label: str
    done: bool
    url: str


_LABELS: dict[Action, str] = {
    Action.CONNECT: "Connect Google",
    Action.ACCEPT_TERMS: "Open the terms",
    Action.TRY_AGAIN: "Try again",
    Action.RETRY_NOW: "Retry now",
    Action.RECONNECT: "Reconnect",
    Action.RESUME: "Look at it",
    Action.OTHER_ACCOUNT: "Choose an account",
    Action.NONE: "Open",
}


def counts_for(tenant: Tenant) -> Counts:
    """The counts beside the navigation."""
    return Counts(
        requests=ProvisioningRequest._base_manager.filter(
            tenant=tenant, status__in=NEEDS_A_PERSON
        ).count(),
        connections=GoogleConnection._base_manager.filter(
            tenant=tenant, status=ConnectionStatus.NEEDS_RECONNECT
        ).count(),
    )


def needs(tenant: Tenant) -> list[Need]:
    """What waits for a person: broken connections first, since requests wait for them."""
    broken = GoogleConnection.objects.needing_a_person()[:_SHOWN]
    waiting = ProvisioningRequest.objects.needing_a_person().for_lists()[:_SHOWN]
    return [
        *(_connection_need(tenant, row) for row in broken),
        *(_request_need(tenant, row) for row in waiting),
    ]


def _connection_need(tenant: Tenant, row: GoogleConnection) -> Need:
    return Need(
        tone="bad",
        state=row.get_status_display(),
        title=row.email,
        detail=f"{row.get_reason_display()}." if row.reason else "It cannot be used any more.",
        action_label="Reconnect",
        action_url=reverse("connection", args=[tenant.slug, row.pk]),
    )


def _request_need(tenant: Tenant, row: ProvisioningRequest) -> Need:
    return Need(
        tone=row.face.tone,
        state=row.get_status_display(),
        title=row.account_name,
        detail=row.problem or row.face.sentence,
        action_label=_LABELS[row.face.action],
        action_url=reverse("request", args=[tenant.slug, row.pk]),
    )


def running() -> int:
    """How many requests a worker is busy with."""
    by_worker = [status for status, face in FACES.items() if face.owner is Owner.WORKER]
    return ProvisioningRequest.objects.filter(status__in=by_worker).count()


def under_way_through(connection: GoogleConnection) -> int:
    """How many requests wait or run through a Google account, and stop when it is disconnected."""
    waiting = [*WORKED, Status.AWAITING_TERMS]
    return ProvisioningRequest.objects.filter(connection=connection, status__in=waiting).count()


def verified_by_day() -> list[int]:
    """Verified accounts of each of the last 30 days, oldest first."""
    today = timezone.now().date()
    rows = (
        ProvisionedAccount.objects.filter(verified_at__date__gt=today - timedelta(days=_DAYS))
        .annotate(day=TruncDate("verified_at"))
        .values_list("day")
        .annotate(many=Count("pk"))
        .order_by("day")
    )
    found = dict(rows)
    return [found.get(today - timedelta(days=back), 0) for back in range(_DAYS - 1, -1, -1)]


def funnel() -> list[tuple[str, int]]:
    """Where people stop: requests made, with a ticket, with an answer to the terms, verified."""
    answered = ProvisioningAttempt.objects.filter(result__in=_ANSWERS)
    ticketed = ProvisioningAttempt.objects.filter(ticket__isnull=False)
    return [
        ("Requested", ProvisioningRequest.objects.count()),
        ("Ticket issued", ticketed.values("request").distinct().count()),
        ("Terms answered", answered.values("request").distinct().count()),
        ("Verified", ProvisionedAccount.objects.count()),
    ]


def connections_summary() -> list[tuple[str, int]]:
    """How the Google accounts are."""
    statuses = Counter(GoogleConnection.objects.values_list("status", flat=True))
    return [
        ("Connected", statuses[ConnectionStatus.ACTIVE]),
        ("Need reconnect", statuses[ConnectionStatus.NEEDS_RECONNECT]),
    ]


def checklist(tenant: Tenant) -> list[Item]:
    """The first steps, until all are taken."""
    items = [
        Item(label="Create your organisation", done=True, url=tenant.get_absolute_url()),
        Item(
            label="Connect a Google account",
            done=GoogleConnection.objects.exists(),
            url=reverse("connections", args=[tenant.slug]),
        ),
        Item(
            label="Create your first Analytics account",
            done=ProvisionedAccount.objects.exists(),
            url=reverse("request-new", args=[tenant.slug]),
        ),
    ]
    return [] if all(item.done for item in items) else items


def first_tenant(user: User) -> Tenant | None:
    """Where a person who has just signed in goes."""
    membership = (
        Membership.objects.filter(user=user).select_related("tenant").order_by("created_at").first()
    )
    return membership.tenant if membership else None
