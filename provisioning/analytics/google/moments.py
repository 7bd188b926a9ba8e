"""Moments that Google writes, told by our own clock.

When an account was made is weighed against when its ticket was issued (`candidates`), and that
was written down by our clock. If it is wrong, no account would be found: so each answer's `Date`
says how far the two are apart.
"""

from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from django.utils import timezone

_ahead: ContextVar[timedelta] = ContextVar("how far our clock is ahead", default=timedelta())
# The header counts whole seconds, and an answer takes some to arrive: less says nothing.
_AGREES = timedelta(minutes=1)


def hear(date: datetime | None) -> None:
    """Take note of the `Date` of an answer that has just come, if it had one."""
    apart = timezone.now() - date if date else timedelta()
    _ahead.set(apart if abs(apart) > _AGREES else timedelta())


def by_our_clock(text: str) -> datetime | None:
    """A moment of the last answer, in RFC 3339; None where there is none that can be read."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) + _ahead.get()
