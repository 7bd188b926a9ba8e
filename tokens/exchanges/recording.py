"""Writes down every exchange with Google, redacted by allow-list."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.audit.recording import reference_id
from accounts.tenancy.bulk_writes import insert_many
from tokens.exchanges.models import Exchange
from tokens.exchanges.redaction import redacted, redacted_headers, redacted_request, redacted_url

_COLUMNS = (
    "tenant_id",
    "connection_id",
    "subject",
    "reference",
    "method",
    "url",
    "request_headers",
    "request_body",
    "status",
    "response_headers",
    "response_body",
    "duration_ms",
    "error",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom an exchange is done: tenant, connection, and the request or flow served."""

    tenant_id: UUID
    connection_id: UUID | None = None
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange, before redaction: bodies and headers may hold secrets, so no `repr`."""

    method: str
    url: str = field(repr=False)
    request_body: Any = field(repr=False)
    status: int | None
    response_body: Any = field(repr=False)
    duration_ms: int
    error: str = ""
    request_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    response_headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def write(subject: Subject, entry: Entry) -> Exchange:
    """Keep `entry`, redacted."""
    row = _row(subject, entry)
    row.save(force_insert=True)
    return row


def write_many(pairs: Iterable[tuple[Subject, Entry]]) -> None:
    """Keep many exchanges of one tenant by one statement, as a batch of refreshes makes them."""
    reference, now = reference_id(), timezone.now()
    values = [_values(subject, entry, reference) for subject, entry in pairs]
    if values:
        rows = [(pk, now, *one) for pk, one in zip(_ids(len(values)), values, strict=True)]
        insert_many(Exchange, ("id", "created_at", *_COLUMNS), rows)


def _ids(many: int) -> list[UUID]:
    """Random ids, fetched from the system all at once: each fetch lets other threads in."""
    noise = os.urandom(16 * many)
    return [UUID(bytes=noise[at : at + 16], version=4) for at in range(0, len(noise), 16)]


def _row(subject: Subject, entry: Entry) -> Exchange:
    row = Exchange()
    for name, value in zip(_COLUMNS, _values(subject, entry, reference_id()), strict=True):
        setattr(row, name, value)
    return row


def _values(subject: Subject, entry: Entry, reference: str) -> tuple[Any, ...]:
    return (
        subject.tenant_id,
        subject.connection_id,
        subject.subject_id,
        reference,
        entry.method,
        redacted_url(entry.url),
        redacted_headers(entry.request_headers),
        redacted_request(entry.request_body),
        entry.status,
        redacted_headers(entry.response_headers),
        redacted(entry.response_body) if entry.response_body else {},
        entry.duration_ms,
        entry.error,
    )
