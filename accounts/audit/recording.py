"""The one way to write the audit record.

Called inside the transaction of the change that it records, so that neither can
exist without the other.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import models
from django.http import HttpRequest
from structlog.contextvars import get_contextvars

from accounts.audit.events import ActorKind
from accounts.audit.models.event import AuditEvent
from accounts.tenancy.row_security import CLOSED, RowAccess, current_row_access, row_access
from accounts.users.models import User

# Values under these words never reach the record, whatever the caller passes.
_SECRET_WORDS = frozenset({"token", "tokens", "secret", "password", "verifier", "key"})
_MASK = "•••"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from where; staff say why as well."""

    kind: ActorKind
    user: User | None = None
    ip: str | None = None
    user_agent: str = ""
    why: str = ""


def by_person(request: HttpRequest) -> Actor:
    """The signed-in person of a request."""
    user = request.user if isinstance(request.user, User) else None
    agent = request.headers.get("User-Agent", "")[:200]
    return Actor(ActorKind.PERSON, user, request.META.get("REMOTE_ADDR") or None, agent)


def by_staff(request: HttpRequest, why: str = "") -> Actor:
    """A member of staff, acting in Django admin, with the reason that they gave."""
    return replace(by_person(request), kind=ActorKind.STAFF, why=why)


def by_command(name: str) -> Actor:
    """Whoever runs the management command `name` on the server."""
    return Actor(ActorKind.STAFF, why=f"manage.py {name}")


def by_worker() -> Actor:
    """The portal itself, working in the background."""
    return Actor(ActorKind.WORKER)


def by_google() -> Actor:
    """Google, through what its pages or its API answered."""
    return Actor(ActorKind.GOOGLE)


def record(
    tag: str,
    actor: Actor,
    *,
    target: models.Model | None = None,
    tenant_id: UUID | None = None,
    **data: Any,
) -> AuditEvent:
    """Write that `actor` did `tag` to `target`; `data` is kept with secrets masked.

    The tenant is `tenant_id`, else the target's.
    """
    if actor.why:
        data["staff_reason"] = actor.why
    event = AuditEvent(
        tag=str(tag),
        tenant_id=tenant_id or getattr(target, "tenant_id", None),
        actor_kind=actor.kind.value,
        actor=actor.user,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        target_label=str(target)[:200] if target is not None else "",
        data=masked(data),
        ip=actor.ip,
        user_agent=actor.user_agent,
        reference=reference_id(),
    )
    with _row_access_of(event):
        event.save()
    return event


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What `record` is told of a change: for each name of `after` that differs, both values."""
    return {
        name: {"before": before[name], "after": value}
        for name, value in after.items()
        if before[name] != value
    }


def _row_access_of(event: AuditEvent) -> AbstractContextManager[None]:
    """The event's own tenant's, where nobody has opened a scope: an organisation's first record.

    In another tenant's scope the database refuses the record, as it should.
    """
    return (
        row_access(RowAccess(event.tenant_id)) if current_row_access() == CLOSED else nullcontext()
    )


def reference_id() -> str:
    """The id of the request or task that is running, as error pages and logs show it."""
    bound = get_contextvars()
    return str(bound.get("request_id") or bound.get("task_id") or "")[:40]


def masked(data: dict[str, Any]) -> dict[str, Any]:
    """`data` with every value masked whose name speaks of a secret, at any depth."""
    return {name: _masked_value(name, value) for name, value in data.items()}


def _masked_value(name: str, value: Any) -> Any:
    if name == "code" or _SECRET_WORDS.intersection(name.lower().split("_")):
        return _MASK
    if isinstance(value, dict):
        return masked(value)
    if isinstance(value, (int, float, bool, type(None))):
        return value
    return str(value)
