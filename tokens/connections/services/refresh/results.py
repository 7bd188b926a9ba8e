"""Writes what refreshes brought, in bulk and under each row's fencing token.

A row whose fencing token was raised meanwhile belongs to somebody else: what came for
it is dropped, except for the record of the exchange.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.tenancy.bulk_writes import update_many
from tokens.clients.services.clients import client_refused, client_works, note_secrets
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.refresh_schedule import next_patience, next_refresh
from tokens.connections.services.ledger import replaced_by
from tokens.connections.services.status import needs_reconnect, scopes_changed
from tokens.connections.states import ReconnectReason
from tokens.encryption.sealing import Sealer, seal
from tokens.exchanges.recording import Subject, write_many
from tokens.google.errors import ErrorClass, ErrorKind, GoogleError
from tokens.google.oauth import Asked, TokenAnswer
from tokens.google.scopes import written

_REASONS: dict[ErrorKind, ReconnectReason] = {
    ErrorKind.ACCESS_DENIED: ReconnectReason.BLOCKED,
    ErrorKind.SCOPE_MISSING: ReconnectReason.MISSING_SCOPE,
}
# Whose fencing token was raised meanwhile is another's to write.
_MINE = ("id", "fencing_token")
_REFRESHED = (
    "access_token",
    "access_expires_at",
    "refreshed_at",
    "refresh_due_at",
)
_FAILED = ("refresh_due_at", "error_kind", "error_code", "error_message", "error_at")
_ENDED = "leased_until = NULL, refresh_tries = 0"
_WELL = "error_kind = '', error_code = '', error_message = '', error_at = NULL"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One leased connection and what Google said about it."""

    row: GoogleConnection
    asked: Asked


def write_outcomes(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write the outcomes of one tenant, in one transaction."""
    good = [(one.row, one.asked.tokens) for one in outcomes if one.asked.tokens]
    bad = [(one.row, one.asked.error) for one in outcomes if one.asked.error]
    with transaction.atomic():
        write_many(
            (Subject(one.row.tenant_id, one.row.pk), entry)
            for one in outcomes
            for entry in one.asked.entries
        )
        if good:
            sealer = Sealer.of(good[0][0].tenant_id)
            values = [_refreshed(*pair, now, sealer) for pair in good]
            also = f"{_ENDED}, {_WELL}"
            update_many(GoogleConnection, _REFRESHED, values, same=_MINE, also=also)
        if bad:
            values = [_failed(*pair, now) for pair in bad]
            update_many(GoogleConnection, _FAILED, values, same=_MINE, also=_ENDED)
        for row, tokens in good:
            if tokens.refresh_token:
                _replace(row, tokens.refresh_token)
            if tokens.scope is not None and written(tokens.scope) != row.scopes:
                scopes_changed(row, written(tokens.scope))
        for row, error in bad:
            if error.error_class is ErrorClass.TERMINAL:
                needs_reconnect(row, _REASONS.get(error.kind, ReconnectReason.REVOKED))
        _judge_clients([row for row, _ in good], bad, now)
        note_secrets([(one.row.client, one.asked) for one in outcomes], now)


def _refreshed(
    row: GoogleConnection, tokens: TokenAnswer, now: datetime, sealer: Sealer
) -> list[Any]:
    expires_at = now + timedelta(seconds=tokens.expires_in)
    due = next_refresh(
        now=now, expires_at=expires_at, fresh_until=row.fresh_until, rand=random.random
    )
    sealer.seal(row, "access_token", tokens.access_token)
    return [row.access_token, expires_at, now, due, row.pk, row.fencing_token]


def _failed(row: GoogleConnection, error: GoogleError, now: datetime) -> list[Any]:
    since = row.error_at or now
    due = next_patience(
        now=now, failing_since=since, retry_after=error.retry_after, rand=random.random
    )
    trouble = error.trouble
    said = trouble.message[:300]
    return [due, error.kind.value, trouble.code[:60], said, since, row.pk, row.fencing_token]


def _replace(row: GoogleConnection, refresh_token: str) -> None:
    """Keep a new refresh token; the old one stays in place until this one is stored."""
    seal(row, "refresh_token", refresh_token)
    kept = GoogleConnection.objects.filter(pk=row.pk, fencing_token=row.fencing_token).update(
        refresh_token=row.refresh_token
    )
    if kept:
        replaced_by(row, refresh_token)


def _judge_clients(
    good: list[GoogleConnection], bad: list[tuple[GoogleConnection, GoogleError]], now: datetime
) -> None:
    for client in {row.client_id: row.client for row in good}.values():
        client_works(client)
    refused = {
        row.client_id: (row.client, error)
        for row, error in bad
        if error.error_class is ErrorClass.CLIENT
    }
    for client, error in refused.values():
        client_refused(client, error, now)
