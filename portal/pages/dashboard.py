"""Reads that join apps: how much needs a person, and the figures of the home page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.roles import Power
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from portal.pages.funnel import funnel
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import NEEDS_A_PERSON, WORKED, Status, worked_on
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.states import ConnectionStatus

_DAYS = 30
_TENANTS_KEPT = 2000
# Nobody reads larger counts, and counting on would slow every page with every row kept.
COUNTED = 100
RUNNING_COUNTED = 1000
FUNNEL_OF = 200


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things of each kind wait for a person."""

    requests: int = 0
    connections: int = 0

    @property
    def total(self) -> int:
        return self.requests + self.connections


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the getting-started list."""

    label: str
    why: str
    done: bool
    url: str
    is_optional: bool = False
    begun: bool = False


def counts_for(tenant: Tenant) -> Counts:
    """The counts beside the navigation."""
    return Counts(
        requests=ProvisioningRequest._base_manager.filter(
            tenant=tenant, status__in=sorted(NEEDS_A_PERSON)
        )
        .order_by()[:COUNTED]
        .count(),
        connections=GoogleConnection._base_manager.filter(
            tenant=tenant, status=ConnectionStatus.NEEDS_RECONNECT
        )
        .order_by()[:COUNTED]
        .count(),
    )


def running() -> int:
    """How many requests a worker is busy with; in no order, which would read all that are kept."""
    busy = ProvisioningRequest.objects.filter(status__in=worked_on()).order_by()
    return busy[:RUNNING_COUNTED].count()


@dataclass(frozen=True, slots=True)
class DeletionImpact:
    """What an organisation would lose with its deletion, and what stays at Google."""

    under_way: int
    connections: int
    accounts: int
    days: int


def deletion_impact(tenant: Tenant) -> DeletionImpact:
    """What is at stake when `tenant` is deleted."""
    waiting = [*WORKED, Status.AWAITING_TERMS]
    under_way = ProvisioningRequest.objects.filter(tenant=tenant, status__in=waiting)
    connections = GoogleConnection.objects.filter(tenant=tenant)
    return DeletionImpact(
        under_way=under_way.count(),
        connections=connections.exclude(status=ConnectionStatus.DISCONNECTED).count(),
        accounts=ProvisionedAccount.objects.filter(tenant=tenant).count(),
        days=settings.TENANT_DELETION_GRACE_DAYS,
    )


def under_way_through(connections: Iterable[GoogleConnection]) -> int:
    """How many requests wait or run through Google accounts, and stop when those are gone."""
    waiting = [*WORKED, Status.AWAITING_TERMS]
    rows = ProvisioningRequest.objects.filter(connection__in=connections, status__in=waiting)
    return rows.count()


def verified_by_day(tenant: Tenant | None = None) -> list[int]:
    """Verified accounts of each of the last 30 days, oldest first: a tenant's, or everybody's.

    Days that are over do not change any more, so each process counts them once.
    """
    today = timezone.now().date()
    past = _verified_before(tenant.pk if tenant else None, today)
    begun = datetime.combine(today, time.min, tzinfo=timezone.get_current_timezone())
    return [*past, ProvisionedAccount.objects.filter(verified_at__gte=begun).count()]


@lru_cache(maxsize=_TENANTS_KEPT)
def _verified_before(_tenant: UUID | None, today: date) -> tuple[int, ...]:
    """What is in scope, which is the tenant that it is kept for; kept for no other."""
    rows = (
        ProvisionedAccount.objects.filter(
            verified_at__date__gt=today - timedelta(days=_DAYS), verified_at__date__lt=today
        )
        .annotate(day=TruncDate("verified_at"))
        .values_list("day")
        .annotate(many=Count("pk"))
        .order_by("day")
    )
    found = dict(rows)
    return tuple(found.get(today - timedelta(days=back), 0) for back in range(_DAYS - 1, 0, -1))


def latest_funnel() -> list[tuple[str, int]]:
    """Where people stop: what became of the latest requests, as far as each has come."""
    rows = ProvisioningRequest.objects.order_by("-created_at", "-pk")
    latest = list(rows.values_list("pk", flat=True)[:FUNNEL_OF])
    return funnel(latest, len(latest))


def connections_summary() -> list[tuple[str, int]]:
    """How the Google accounts are."""
    statuses = dict(GoogleConnection.objects.order_by().values_list("status").annotate(Count("pk")))
    return [
        ("Connected", statuses.get(ConnectionStatus.ACTIVE, 0)),
        ("Need reconnect", statuses.get(ConnectionStatus.NEEDS_RECONNECT, 0)),
    ]


def checklist(member: Membership) -> list[Item]:
    """The first steps, until all are taken. The last one may be left out."""
    tenant, is_there = member.tenant, _is_there(member)
    first = None if is_there["account"] else _under_way()
    items = [
        Item(
            label="Create your organisation",
            why="You and your colleagues share everything in it.",
            done=True,
            url=tenant.get_absolute_url(),
        ),
        Item(
            label="Connect a Google account",
            why="It will own the Analytics accounts. You go to Google, agree, and come back.",
            done=is_there["connection"],
            url=reverse("connections", args=[tenant.slug]),
        ),
        Item(
            label="Create your first Analytics account",
            why="Name the website, accept Google's terms, and copy the tag.",
            done=is_there["account"],
            url=first.get_absolute_url() if first else reverse("request-new", args=[tenant.slug]),
            begun=first is not None,
        ),
        Item(
            label="Invite a colleague",
            why="Optional. They can take over when you're away.",
            done=is_there["invitation"],
            url=f"{reverse('members', args=[tenant.slug])}#invite-title",
            is_optional=True,
        ),
    ]
    if is_there["colleague"] or member.works_alone or not member.may(Power.MEMBER_INVITE):
        items.pop()
    return [] if all(item.done for item in items) else items


def _under_way() -> ProvisioningRequest | None:
    """The newest request that may still become the first account."""
    rows = ProvisioningRequest.objects.exclude(status=Status.CANCELLED).select_related("tenant")
    return rows.order_by("-created_at", "-pk").first()


def _is_there(member: Membership) -> dict[str, bool]:
    """Which of what the first steps lead to is there, asked for at once."""
    others = Membership.objects.filter(tenant=member.tenant_id).exclude(user=member.user_id)
    here = Tenant.objects.filter(pk=member.tenant_id)
    waiting = Invitation.objects.pending().filter(expires_at__gt=timezone.now())
    found = here.values(
        connection=Exists(GoogleConnection.objects.all()),
        account=Exists(ProvisionedAccount.objects.all()),
        invitation=Exists(waiting),
        colleague=Exists(others),
    ).get()
    return {name: bool(there) for name, there in found.items()}


def first_tenant(user: User) -> Tenant | None:
    """Where a person who has just signed in goes."""
    membership = (
        Membership.objects.filter(user=user).select_related("tenant").order_by("created_at").first()
    )
    return membership.tenant if membership else None
