"""Writes down every exchange with Google, redacted by allow-list (`tokens/redaction.py`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.audit import reference_id
from tokens.models import Exchange
from tokens.redaction import redacted, redacted_headers, redacted_request, redacted_url

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom an exchange is done: tenant, connection, and the request or trip served."""

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
    """Keep many exchanges with few statements, as a batch of refreshes makes them."""
    rows = [_row(subject, entry) for subject, entry in pairs]
    Exchange._base_manager.bulk_create(rows, batch_size=_BATCH)


def _row(subject: Subject, entry: Entry) -> Exchange:
    return Exchange(
        tenant_id=subject.tenant_id,
        connection_id=subject.connection_id,
        subject=subject.subject_id,
        reference=reference_id(),
        method=entry.method,
        url=redacted_url(entry.url),
        request_headers=redacted_headers(entry.request_headers),
        request_body=redacted_request(entry.request_body),
        status=entry.status,
        response_headers=redacted_headers(entry.response_headers),
        response_body=redacted(entry.response_body) if entry.response_body else {},
        duration_ms=entry.duration_ms,
        error=entry.error,
    )
