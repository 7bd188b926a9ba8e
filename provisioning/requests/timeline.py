"""The history of a request as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from urllib.parse import urlencode

from accounts.audit.events import ActorKind
from accounts.users.models import User
from provisioning.requests.models.attempt import ProvisioningAttempt
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.models.status_change import StatusChange


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what happened, the detail, by whom, when, the tone, and in which attempt."""

    title: str
    detail: str
    who: str
    kind: str
    tone: str
    at: datetime
    attempt: int | None


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt, and the query that finds what was said to Google during it."""

    attempt: ProvisioningAttempt
    exchanges: str


def history(request: ProvisioningRequest) -> list[StatusChange]:
    """Every move of `request`, newest first."""
    moves = request.moves.select_related("actor", "attempt")
    return list(moves.order_by("-created_at", "-pk"))


def timeline(moves: Sequence[StatusChange], reader: User) -> list[Entry]:
    """The lines for these moves, in their order."""
    return [_entry(row, reader) for row in moves]


def attempts(request: ProvisioningRequest) -> list[Tried]:
    """Every attempt of `request`, in order. Each lasts until the next one begins."""
    rows = list(request.attempts.all())
    return [Tried(row, _exchanges(row, after)) for row, after in zip_longest(rows, rows[1:])]


def _exchanges(row: ProvisioningAttempt, after: ProvisioningAttempt | None) -> str:
    asked = {"subject": str(row.request_id), "after": row.started_at.isoformat()}
    return urlencode(asked | ({"before": after.started_at.isoformat()} if after else {}))


def _entry(row: StatusChange, reader: User) -> Entry:
    return Entry(
        title=row.get_new_display(),
        detail=row.reason,
        who=_who(row, reader),
        kind=row.actor_kind,
        tone=row.display.tone,
        at=row.created_at,
        attempt=_attempt(row),
    )


def _attempt(row: StatusChange) -> int | None:
    """The number of the attempt, unless the reason says it already."""
    number = row.attempt.number if row.attempt else None
    return None if number and f"Attempt {number}" in row.reason else number


def _who(row: StatusChange, reader: User) -> str:
    if row.actor is not None:
        return "You" if row.actor.pk == reader.pk else row.actor.display_name
    return {ActorKind.GOOGLE.value: "Google", ActorKind.WORKER.value: "Worker"}.get(
        row.actor_kind, "Somebody who has left"
    )
