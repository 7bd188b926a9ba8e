"""How far this machine's clock is from Google's, by the `Date` header of a fresh answer."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings

from tokens.google.transport import run, send

# The header counts whole seconds and cuts the rest off.
_HALF_A_SECOND = timedelta(seconds=0.5)


def ahead(date: str | None, at: datetime) -> float | None:
    """Seconds by which our clock was ahead when an answer with this `Date` came, at `at`.

    None without a date, or with one that cannot be read.
    """
    try:
        said = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    if said is None:
        return None
    if said.tzinfo is None:
        said = said.replace(tzinfo=UTC)
    return round((at - said - _HALF_A_SECOND).total_seconds(), 1)


def measure_skew() -> float | None:
    """Seconds by which our clock is ahead of Google's; None when an answer carries no date.

    Compared with the middle between asking and hearing, so that a slow answer
    does not count as a wrong clock.

    Raises:
        GoogleError: no answer came.
    """
    asked = datetime.now(UTC)
    answer = run(send("GET", settings.GOOGLE_CERTS_URL))
    heard = datetime.now(UTC)
    return ahead(answer.headers.get("Date"), asked + (heard - asked) / 2)
