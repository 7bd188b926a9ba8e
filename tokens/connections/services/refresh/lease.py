"""Leases of connections that are due for a refresh.

One statement a tenant: it pushes `refresh_due_at` forward by a lease and raises
the fencing token, so that workers beside each other never get the same row and a worker
that dies gives its rows back by itself (reliability.md §3.5). Tenants take
turns with equal shares: a hundred thousand due rows of one tenant do not delay
another's ten.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from accounts.audit.recording import by_worker, record
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.states import ConnectionStatus, OwnErrorKind
from tokens.connections.unscoped import POISON_TRIES, tenants_with_due_refreshes
from tokens.events import Event

# All that may be on the way at once is asked within so many turns of the wire.
TURNS = 6
LEASE = timedelta(seconds=TURNS * settings.GOOGLE_TIMEOUT + 10)

_COLUMNS = {field.name: field for field in GoogleConnection._meta.concrete_fields}
# What a refresh looks at. Dates cost most to read, and most of them it never asks for.
_NEEDED = (
    "id, tenant_id, client_id, sub, email, status, scopes, "
    "refresh_token, fencing_token, fresh_until, error_at"
)
_SET_ASIDE = ["refresh_due_at", "error_kind", "error_message", "error_at"]


@dataclass(frozen=True, slots=True)
class LeasedBatch:
    """The leased rows of one tenant, leased to the caller."""

    tenant: Tenant
    rows: list[GoogleConnection]


def lease_due(client: OAuthClient, now: datetime, limit: int) -> list[LeasedBatch]:
    """Lease up to `limit` due connections of `client`, in equal shares between tenants."""
    batches: list[LeasedBatch] = []
    left = limit
    tenants = tenants_with_due_refreshes(client.pk, now)
    for position, tenant in enumerate(tenants):
        share = max(1, left // (len(tenants) - position))
        with tenant_scope(tenant):
            rows = _lease_of_tenant(tenant, client, now, share)
        if rows:
            batches.append(LeasedBatch(tenant, rows))
        left -= len(rows)
        if left <= 0:
            break
    return batches


def _lease_of_tenant(
    tenant: Tenant, client: OAuthClient, now: datetime, limit: int
) -> list[GoogleConnection]:
    with transaction.atomic():
        rows = _lease_rows(tenant.pk, client.pk, now, limit)
    for row in rows:
        # Both are known to be the row's: assigning them would compare their ids for each.
        row._state.fields_cache.update(client=client, tenant=tenant)
    return rows


def _lease_rows(
    tenant_id: UUID, client_id: UUID, now: datetime, limit: int
) -> list[GoogleConnection]:
    # The array keeps PostgreSQL from reading the whole table to join a few hundred rows with it.
    those = "= ANY(ARRAY({}))" if database.vendor == "postgresql" else "IN ({})"
    lock = " FOR UPDATE SKIP LOCKED" if database.vendor == "postgresql" else ""
    due = f"""
        SELECT id FROM {GoogleConnection._meta.db_table}
        WHERE tenant_id = %s AND status = '{ConnectionStatus.ACTIVE.value}'
            AND refresh_due_at IS NOT NULL AND refresh_due_at <= %s
            AND client_id = %s AND refresh_tries < %s
        ORDER BY refresh_due_at LIMIT %s{lock}
    """  # noqa: S608  # nothing but names of our own stands in the text
    sql = f"""
        UPDATE {GoogleConnection._meta.db_table}
        SET refresh_due_at = %s, leased_until = %s, fencing_token = fencing_token + 1,
            refresh_tries = refresh_tries + 1
        WHERE id {those.format(due)}
        RETURNING {_NEEDED}
    """  # noqa: S608  # likewise
    until = _as_stored("refresh_due_at", now + LEASE)
    values: list[Any] = [
        until,
        until,
        _as_stored("tenant", tenant_id),
        _as_stored("refresh_due_at", now),
        _as_stored("client", client_id),
        POISON_TRIES,
        limit,
    ]
    return list(GoogleConnection.objects.raw(sql, values))


def set_poison_aside(tenant: Tenant, now: datetime) -> int:
    """Stop refreshing rows whose refreshes never end; they block nothing else."""
    with tenant_scope(tenant), transaction.atomic():
        poison = GoogleConnection.objects.select_for_update().filter(
            status=ConnectionStatus.ACTIVE,
            refresh_due_at__lte=now,
            refresh_tries__gte=POISON_TRIES,
        )
        for row in poison:
            row.refresh_due_at = None
            row.error_kind = OwnErrorKind.SET_ASIDE
            row.error_message = f"{POISON_TRIES} refreshes in a row began and never ended."
            row.error_at = now
            row.save(update_fields=_SET_ASIDE)
            record(Event.CONNECTION_SET_ASIDE, by_worker(), target=row, tries=row.refresh_tries)
        return len(poison)


def _as_stored(column: str, value: object) -> Any:
    return _COLUMNS[column].get_db_prep_value(value, database)
