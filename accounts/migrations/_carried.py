"""Carries e-mails over from the tables of their own that each kind had."""

from collections.abc import Callable
from itertools import islice
from typing import Any

_COLUMNS = (
    "id",
    "tenant_id",
    "recipient_id",
    "due_at",
    "fencing_token",
    "tries",
    "problem",
    "sent_at",
    "dropped_because",
    "created_at",
)


def carry(apps: Any, label: str, said: Callable[[Any], dict[str, Any]]) -> None:
    """Write every row of the table `label` as a queued e-mail; `said` gives what is particular."""
    emails = apps.get_model("accounts", "QueuedEmail")
    emails._meta.get_field("created_at").auto_now_add = False
    old = apps.get_model(label)._base_manager.order_by("pk").iterator()
    made = (
        emails(**{name: getattr(row, name, None) for name in _COLUMNS}, **said(row)) for row in old
    )
    while some := list(islice(made, 500)):
        emails._base_manager.bulk_create(some, ignore_conflicts=True)
