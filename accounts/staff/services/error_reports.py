"""Keeps what went wrong in the portal itself, and has staff told once an hour at most."""

import traceback
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.audit.recording import reference_id
from accounts.email.models import QueuedEmail
from accounts.staff.models import ErrorReport
from accounts.staff.services.emails import ServerErrors, tell_staff
from accounts.tenancy.transactions import batches

log = structlog.get_logger(__name__)

# So long errors are collected for the first mail, and so long after a mail for the next.
_COLLECTED = timedelta(minutes=1)
_QUIET = timedelta(hours=1)
# Errors of one kind and place that are kept in an hour. One that a visitor can cause at will
# must not fill the table; the log has them all.
MOST_ALIKE = 200
_KEPT = timedelta(days=30)
_ROOT = Path(__file__).resolve().parents[3]


def report_error(error: BaseException, page: str) -> None:
    """Keep `error`, raised on a page or in a task, under the current reference.

    Comes back without having kept it where the database is what fails.
    """
    try:
        with transaction.atomic():
            _keep(error, page[:100])
    except DatabaseError as problem:
        log.warning("an error could not be kept", why=type(problem).__name__)


def _keep(error: BaseException, page: str) -> None:
    now = timezone.now()
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")[:200]
    place = place_of(error)[:200]
    alike = ErrorReport.objects.filter(kind=kind, place=place, created_at__gt=now - _QUIET)
    if alike.count() >= MOST_ALIKE:
        return
    ErrorReport.objects.create(reference=reference_id(), kind=kind, place=place, page=page)
    tell_staff(ServerErrors, due_at=_next_mail(now))


def _next_mail(now: datetime) -> datetime:
    told = QueuedEmail.of_portal().filter(kind=ServerErrors.name, sent_at__isnull=False)
    last = told.order_by("-sent_at").values_list("sent_at", flat=True).first()
    return max(now + _COLLECTED, last + _QUIET) if last else now + _COLLECTED


def place_of(error: BaseException) -> str:
    """Where in the portal's own code it was raised, else where at all: `file:line function`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _name(frame.filename)]
    for frame in reversed(ours or frames):
        name = _name(frame.filename) or Path(frame.filename).name
        return f"{name}:{frame.lineno} {frame.name}"
    return "unknown"


def _name(filename: str) -> str:
    """The path of a file inside the portal; empty for anybody else's."""
    path = Path(filename)
    if "site-packages" in path.parts or not path.is_relative_to(_ROOT):
        return ""
    return str(path.relative_to(_ROOT))


def forget_errors(now: datetime) -> int:
    """Forget errors of long ago; says how many."""
    old = ErrorReport.objects.filter(created_at__lt=now - _KEPT)
    rows = ErrorReport.objects
    return sum(rows.filter(pk__in=batch).delete()[0] for batch in batches(old))
