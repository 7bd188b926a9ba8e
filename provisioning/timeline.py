"""The history of a request as people read it."""

from dataclasses import dataclass
from datetime import datetime

from accounts.events import ActorKind
from accounts.models import User
from provisioning.models import Move, ProvisioningRequest


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what happened, the detail, by whom, when, and the tone of it."""

    title: str
    detail: str
    who: str
    tone: str
    at: datetime


def timeline(request: ProvisioningRequest, reader: User) -> list[Entry]:
    """Every move of `request`, newest first."""
    moves = request.moves.select_related("actor", "attempt").order_by("-created_at", "-pk")
    return [_entry(row, reader) for row in moves]


def _entry(row: Move, reader: User) -> Entry:
    attempt = f"Attempt {row.attempt.number}" if row.attempt else ""
    if attempt and attempt in row.reason:
        attempt = ""
    return Entry(
        title=row.get_new_display(),
        detail=" · ".join(filter(None, (row.reason, attempt))),
        who=_who(row, reader),
        tone=row.face.tone,
        at=row.created_at,
    )


def _who(row: Move, reader: User) -> str:
    if row.actor is not None:
        return "You" if row.actor.pk == reader.pk else row.actor.display_name
    return {ActorKind.GOOGLE.value: "Google", ActorKind.WORKER.value: "Worker"}.get(
        row.actor_kind, "Somebody who has left"
    )
