"""What a clock that was set back leaves in the database, put right.

While a machine's clock was ahead, rows were made due, leased and believed fresh until moments
that now lie too far in the future: nothing would touch them before the clock gets there again.
"""

from datetime import datetime, timedelta

import structlog
from django.apps import apps
from django.db import models, transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts.tenancy.scope import across_tenants
from provisioning.requests.models.attempt import AccountTicket, TosOutcome
from tokens.encryption.models.master_key import KeyReport

log = structlog.get_logger(__name__)

# Moments that work waits for. Names of fields, so that a new table of due rows is found too.
WAITED_FOR = frozenset(
    {
        "due_at",
        "look_at",
        "leased_until",
        "refresh_due_at",
        "fresh_until",
        "access_expires_at",
        "probe_at",
        "filled_at",
        "seen_at",
    }
)
# Clocks of machines differ a little, and processes report every twenty seconds.
_TOLERANCE = timedelta(minutes=1)


def pull_back() -> timedelta:
    """Bring moments nearer by as much as the clock was set back; returns how much that was.

    Every process reports itself every few seconds. A report from the future shows how far the
    clock was ahead. Reports are moved as well, so that a second call finds nothing to do.
    Something that becomes due too early by this is looked at and left; too late, it is missed.
    """
    now = timezone.now()
    latest = KeyReport.objects.aggregate(latest=Max("seen_at"))["latest"]
    ahead = (latest or now) - now
    if ahead <= _TOLERANCE:
        return timedelta(0)
    with across_tenants(), transaction.atomic():
        moved = _pull_tickets(now, ahead)
        moved += sum(_pull(model, name, now, ahead) for model, name in moments())
    log.warning("rows from the future were made due earlier", seconds=ahead.seconds, rows=moved)
    return ahead


def moments() -> list[tuple[type[models.Model], str]]:
    """The tables and columns that hold moments which work waits for."""
    return [
        (model, field.name)
        for model in apps.get_models()
        if model.__module__.startswith(("accounts.", "tokens.", "provisioning.", "portal."))
        for field in model._meta.concrete_fields
        if field.name in WAITED_FOR
    ]


def _pull_tickets(now: datetime, ahead: timedelta) -> int:
    """What was issued, opened and answered by the wrong clock.

    Google says when accounts were made. One that is older than its own ticket would be found
    by nobody.
    """
    issued = AccountTicket.objects.filter(created_at__gt=now)
    moved = issued.update(expires_at=F("expires_at") - ahead)
    for name in ("created_at", "opened_at", "looked_at"):
        _pull(AccountTicket, name, now, ahead)
    return moved + _pull(TosOutcome, "received_at", now, ahead)


def _pull(model: type[models.Model], name: str, now: datetime, ahead: timedelta) -> int:
    late = model._base_manager.filter(**{f"{name}__gt": now})
    return late.update(**{name: F(name) - ahead})
