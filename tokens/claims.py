"""The unscoped reads of this room: each finds whose a row is, and nothing else."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.fence import claim
from accounts.models import Erasure, Tenant
from tokens.models import (
    Authorization,
    ClientMail,
    Exchange,
    GoogleConnection,
    IssuedRefreshToken,
    OAuthClient,
    ReconnectLink,
    ReconnectMail,
    Revocation,
    ServiceAccount,
    ServiceAccountKey,
    ServiceAccountMail,
    ServiceAccountRotation,
    TenantKey,
)
from tokens.models.issued import LedgerState
from tokens.models.revocation import RevocationState
from tokens.models.service_account import ServiceAccountKeyState
from tokens.models.tenant_key import KeyState
from tokens.states import ConnectionStatus, ReconnectReason
from tokens.wrapping import not_wrapped_by

# Google's own client ids begin with the number of their Cloud project.
_PROJECT_NUMBER = re.compile(r"\d+-", re.ASCII)

# A row whose refresh began this often and never ended kills workers: it is set aside.
POISON_TRIES = 5


@claim
def trip_of_state(state_hash: str) -> tuple[UUID, UUID, UUID | None] | None:
    """(trip, tenant, reconnect link) of a callback's state, before any tenant is known."""
    return (
        Authorization._base_manager.filter(state_hash=state_hash)
        .values_list("pk", "tenant_id", "link_id")
        .first()
    )


@claim
def link_of_token(token_hash: str) -> tuple[UUID, UUID] | None:
    """(link, tenant) of the token in a reconnect link's address."""
    return (
        ReconnectLink._base_manager.filter(token_hash=token_hash)
        .values_list("pk", "tenant_id")
        .first()
    )


@claim
def clients_with_due_refreshes(now: datetime) -> list[OAuthClient]:
    """Clients that have something to refresh. A paused one only when it is to be probed."""
    due = _due(now).filter(client=OuterRef("pk"))
    may = Q(paused_at=None) | Q(probe_at__lte=now)
    rows = OAuthClient._base_manager.select_related("tenant").filter(may, removed_at=None)
    return list(rows.filter(Exists(due)))


@claim
def through_removed_clients(limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, client) where connections still stand through a removed client of the portal's."""
    gone = OAuthClient._base_manager.filter(tenant=None, removed_at__isnull=False)
    removed = list(gone.values_list("pk", flat=True))
    if not removed:
        return []
    standing = (
        GoogleConnection._base_manager.filter(client__in=removed, tenant__deleted_at=None)
        .exclude(status=ConnectionStatus.DISCONNECTED)
        .exclude(status=ConnectionStatus.NEEDS_RECONNECT, reason=ReconnectReason.CLIENT_REMOVED)
    )
    return list(standing.order_by().values_list("tenant_id", "client_id").distinct()[:limit])


@claim
def tenants_with_due_refreshes(client_id: UUID, now: datetime) -> list[Tenant]:
    """Tenants of a client that have something to refresh, in an order that differs each time."""
    due = _due(now).filter(tenant=OuterRef("pk"), client=client_id)
    return list(Tenant.objects.filter(Exists(due)).order_by("?"))


@claim
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


@claim
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


@claim
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


@claim
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


@claim
def tenants_with_exchanges_before(moment: datetime) -> list[Tenant]:
    """Tenants of which exchanges with Google are kept that are older than `moment`."""
    old = Exchange._base_manager.filter(tenant=OuterRef("pk"), created_at__lt=moment)
    return list(Tenant.objects.filter(Exists(old)))


@claim
def paused_clients() -> list[str]:
    """The portal's clients that Google refuses or staff have paused, each with the reason.

    One that an organisation brought is its own matter: its owners are told.
    """
    paused = OAuthClient._base_manager.filter(paused_at__isnull=False, tenant=None)
    rows = paused.order_by("client_id")
    return [
        f"{client_id}: {why}" for client_id, why in rows.values_list("client_id", "pause_reason")
    ]


@claim
def overdue_refreshes(now: datetime) -> int:
    """How many connections have been due for a refresh since before `now`."""
    return _due(now).count()


@claim
def wraps_data_keys(kid: str) -> bool:
    """Whether the master key `kid` wraps any data key."""
    return TenantKey._base_manager.filter(wrapped_by=kid, wrapped__isnull=False).exists()


@claim
def tenants_with_data_keys_under(kid: str) -> list[Tenant]:
    """Tenants with data keys that the master key `kid` wraps."""
    rows = TenantKey._base_manager.filter(tenant=OuterRef("pk"), wrapped__isnull=False)
    return list(Tenant.objects.filter(Exists(rows.filter(wrapped_by=kid))).order_by("pk"))


@claim
def data_keys_wrapped_by(kid: str, limit: int) -> list[str]:
    """Data keys that only the master key `kid` opens, in words."""
    rows = TenantKey._base_manager.filter(wrapped_by__in=(kid, ""), wrapped__isnull=False)
    named = rows.order_by("tenant__name", "version").values_list("tenant__name", "version", "kid")
    found = [f"{name}, data key {key} (version {version})" for name, version, key in named[:limit]]
    more = rows.count() - len(found) if len(found) == limit else 0
    return [*found, f"and {more} more"] if more else found


@claim
def tenants_to_rewrap(kid: str) -> list[Tenant]:
    """Tenants with data keys that are to be wrapped with the master key `kid`."""
    keys = TenantKey._base_manager.filter(tenant=OuterRef("pk"), wrapped__isnull=False)
    waiting = not_wrapped_by(keys, "wrapped", kid)
    return list(Tenant.objects.filter(Exists(waiting)).order_by("pk"))


@claim
def data_keys_to_rewrap(kid: str) -> int:
    """How many data keys are to be wrapped with the master key `kid`."""
    keys = TenantKey._base_manager.filter(wrapped__isnull=False)
    return not_wrapped_by(keys, "wrapped", kid).count()


@claim
def tenants_to_renew(before: datetime, *, only: UUID | None = None) -> list[Tenant]:
    """Tenants whose data key is from before, has sealed too much, or was replaced by halves."""
    old = Q(state=KeyState.ACTIVE) & (
        Q(created_at__lt=before) | Q(sealings__gte=settings.DATA_KEY_MAX_SEALINGS)
    )
    halfway = Q(state=KeyState.OPENS_ONLY, emptied_at=None)
    keys = TenantKey._base_manager.filter(old | halfway, tenant=OuterRef("pk"))
    found = Tenant.objects.filter(Exists(keys)).order_by("pk")
    return list(found.filter(pk=only) if only else found)


@claim
def tenants_with_spent_keys(before: datetime) -> list[Tenant]:
    """Tenants with data keys that were replaced and emptied before `before`."""
    spent = TenantKey._base_manager.filter(
        tenant=OuterRef("pk"),
        state=KeyState.OPENS_ONLY,
        emptied_at__isnull=False,
        replaced_at__lt=before,
    )
    return list(Tenant.objects.filter(Exists(spent)))


@claim
def data_keys_by_master() -> dict[str, int]:
    """How many data keys each master key wraps."""
    rows = TenantKey._base_manager.filter(wrapped__isnull=False)
    return dict(rows.values_list("wrapped_by").annotate(Count("pk")).order_by())


@claim
def tenant_of_data_key(kid: str) -> Tenant | None:
    """Whose data key it is."""
    row = TenantKey._base_manager.select_related("tenant").filter(kid=kid).first()
    return row.tenant if row else None


@claim
def tenants_to_shred(before: datetime) -> list[Tenant]:
    """Tenants whose deletion was asked for before `before` and whose secrets still open."""
    return list(Tenant.objects.filter(deleted_at__lte=before, erased_at=None))


@claim
def destroyed_by_master() -> dict[str, int]:
    """How many destroyed data keys each master key would still open in an old copy.

    Those of organisations that are gone stand in the proofs of it.
    """
    rows = TenantKey._base_manager.filter(state=KeyState.DESTROYED)
    counted = Counter(dict(rows.values_list("wrapped_by").annotate(Count("pk")).order_by()))
    for keys in Erasure.objects.filter(finished_at__isnull=False).values_list("keys", flat=True):
        counted.update(key["wrapped_by"] for key in keys)
    return dict(counted)


@claim
def due_account_rotations(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, rotation) of service accounts' keys that are to go on now, longest waiting first."""
    waiting = ServiceAccountRotation._base_manager.filter(finished_at=None, due_at__lte=now)
    return list(waiting.order_by("due_at").values_list("tenant_id", "pk")[:limit])


@claim
def accounts_to_rotate(
    made_before: datetime, quiet_since: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    """(tenant, service account) with an old key that rotate by themselves and did not just try."""
    old = ServiceAccountKey._base_manager.filter(
        account=OuterRef("pk"), state=ServiceAccountKeyState.ACTIVE, created_at__lt=made_before
    )
    recent = ServiceAccountRotation._base_manager.filter(account=OuterRef("pk")).filter(
        Q(finished_at=None) | Q(finished_at__gte=quiet_since)
    )
    found = ServiceAccount._base_manager.filter(Exists(old), ~Exists(recent), rotates_itself=True)
    return list(found.order_by("pk").values_list("tenant_id", "pk")[:limit])


@claim
def accounts_to_check(before: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, service account) that Google was not asked about since `before`, longest first."""
    asked = ServiceAccount._base_manager.filter(checked_at__lt=before, tenant__deleted_at=None)
    return list(asked.order_by("checked_at").values_list("tenant_id", "pk")[:limit])


@claim
def due_reconnect_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, person) who are to be told which Google accounts broke."""
    due = ReconnectMail._base_manager.filter(due_at__lte=now, tenant__deleted_at=None)
    return list(due.order_by().values_list("tenant_id", "recipient_id").distinct()[:limit])


@claim
def due_service_account_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, mail) about service accounts to be sent, longest waiting first."""
    due = ServiceAccountMail._base_manager.filter(due_at__lte=now, tenant__deleted_at=None)
    return list(due.order_by("due_at").values_list("tenant_id", "pk")[:limit])


@claim
def due_client_mails(now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, mail) about OAuth clients of organisations to be sent, longest waiting first."""
    due = ClientMail._base_manager.filter(due_at__lte=now, tenant__deleted_at=None)
    return list(due.order_by("due_at").values_list("tenant_id", "pk")[:limit])
