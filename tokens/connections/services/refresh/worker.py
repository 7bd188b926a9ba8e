"""The refresh engine: keeps every Google connection alive, and none more often than needed.

While one batch is asked about, the next is leased and opened and the last is
written down, so that Google is waited for by nobody. HTTP happens outside every
transaction; what was leased and never written comes back when its lease ends.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from accounts.tenancy.scope import tenant_scope
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import client_refused, credentials_of
from tokens.connections.google.pool import AT_ONCE, Question, Wire
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.lease import (
    TURNS,
    LeasedBatch,
    lease_due,
    set_poison_aside,
)
from tokens.connections.services.refresh.results import Outcome, write_outcomes
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason
from tokens.connections.unscoped import clients_with_due_refreshes, tenants_with_poison
from tokens.encryption.availability import PortalSealed, key_availability
from tokens.encryption.sealing import SecretUnreadable, reveal
from tokens.google.client import ClientCredentials
from tokens.google.errors import GoogleError
from tokens.google.oauth import Asked
from tokens.rate_limits.services import give_back, take

log = structlog.get_logger(__name__)

BATCH = 2 * AT_ONCE
_MOST_WAITING = TURNS * AT_ONCE
# Of a second's worth, so much may go out at once; the rest flows in: never more in any second.
_AT_A_STROKE = 0.25
# A task ends after so long, so that a worker can be stopped; the next tick goes on.
_LONGEST = timedelta(seconds=60)


def refresh_due() -> int:
    """Refresh what is due, of every client in turn; returns how many were asked about.

    Nothing is leased while the portal is sealed: what waits stays as it is.
    """
    now = key_availability()
    if not now.may_work:
        log.warning("nothing is refreshed", why=now.why)
        return 0
    started = timezone.now()
    for tenant in tenants_with_poison(started):
        set_poison_aside(tenant, started)
    wire: Wire[GoogleConnection] = Wire()
    done = 0
    try:
        while True:
            late = timezone.now() - started > _LONGEST
            leased = 0 if late else _ask_more(wire, started)
            done += leased
            if not leased and not wire.waiting:
                return done
            _write(wire.answers())
    finally:
        _land(wire)


def refresh_leased(batches: Sequence[LeasedBatch]) -> list[Outcome]:
    """Ask Google about leased connections, all at once, and write what it says.

    Raises:
        GoogleError: nothing is known for a client to prove itself with (`client_refused`).
        PortalSealed: a master key is missing.
    """
    wire: Wire[GoogleConnection] = Wire()
    for batch in batches:
        with tenant_scope(batch.tenant):
            clients = {row.client for row in batch.rows}
            known = {client.pk: credentials_of(client) for client in clients}
        for pk, credentials in known.items():
            rows = [row for row in batch.rows if row.client_id == pk]
            wire.ask(_questions(LeasedBatch(batch.tenant, rows), credentials))
    return _land(wire)


def _ask_more(wire: Wire[GoogleConnection], started: datetime) -> int:
    """Fill the wire up again, with equal shares for all clients; returns how many were leased."""
    leased = 0
    if wire.waiting <= _MOST_WAITING - BATCH:
        clients = clients_with_due_refreshes(started)
        for position, client in enumerate(clients):
            room = _MOST_WAITING - wire.waiting
            leased += _ask_batch(client, wire, min(BATCH, room // (len(clients) - position)))
    return leased


def _ask_batch(client: OAuthClient, wire: Wire[GoogleConnection], most: int) -> int:
    """Lease a batch of one client and ask about it; a paused one is probed by one row alone."""
    if client.paused_at and wire.waiting:
        return 0
    credentials = _opened(client)
    if credentials is None:
        return 0
    bucket = f"refresh:{client.client_id}"
    wanted = 1 if client.paused_at else most
    granted = take_turn(bucket, wanted)
    if granted == 0:
        return 0
    batches = lease_due(client, timezone.now(), granted)
    leased = sum(len(batch.rows) for batch in batches)
    give_back(bucket, granted - leased)
    for batch in batches:
        wire.ask(_questions(batch, credentials))
    return leased


def _opened(client: OAuthClient) -> ClientCredentials | None:
    """What all of a batch proves itself with, opened once; a client without it is paused."""
    with tenant_scope(client.tenant) if client.tenant else nullcontext():
        try:
            return credentials_of(client)
        except GoogleError as error:
            client_refused(client, error, timezone.now())
        except PortalSealed as sealed:
            log.warning("a master key is missing", client=client.client_id, why=str(sealed))
    return None


def take_turn(bucket: str, wanted: int) -> int:
    """How many may be asked now, so that no second sees more than GOOGLE_REFRESH_RATE."""
    most = settings.GOOGLE_REFRESH_RATE
    burst = max(1.0, most * _AT_A_STROKE)
    return take(bucket, wanted, rate=most * (1 - _AT_A_STROKE), burst=burst)


def _land(wire: Wire[GoogleConnection]) -> list[Outcome]:
    """Wait for all that is on its way, and write it."""
    landed: list[Outcome] = []
    while wire.waiting:
        landed += _write(wire.answers())
    return landed


def _write(answers: list[tuple[GoogleConnection, Asked]]) -> list[Outcome]:
    """Write what came in, tenant by tenant: one that cannot be written stops no other."""
    outcomes = [Outcome(row, asked) for row, asked in answers]
    failed: list[DatabaseError] = []
    for tenant in {one.row.tenant_id: one.row.tenant for one in outcomes}.values():
        mine = [one for one in outcomes if one.row.tenant_id == tenant.pk]
        try:
            with tenant_scope(tenant):
                write_outcomes(mine, timezone.now())
        except DatabaseError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return outcomes


def _questions(
    batch: LeasedBatch, credentials: ClientCredentials
) -> list[Question[GoogleConnection]]:
    with tenant_scope(batch.tenant):
        asked = [_question(row, credentials) for row in batch.rows]
    return [one for one in asked if one is not None]


def _question(
    row: GoogleConnection, credentials: ClientCredentials
) -> Question[GoogleConnection] | None:
    """What is asked about one row. One that cannot be opened is set apart and stops no other."""
    try:
        return Question(row, credentials, reveal(row, "refresh_token"))
    except SecretUnreadable as error:
        log.warning("a stored credential cannot be opened", connection=str(row.pk), why=str(error))
        needs_reconnect(row, ReconnectReason.UNREADABLE)
    except PortalSealed as sealed:
        # Its lease ends by itself; when the key is back, it is refreshed as if nothing had been.
        log.warning("a master key is missing", connection=str(row.pk), why=str(sealed))
    return None
