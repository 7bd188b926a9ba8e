"""How far this machine's clock is from Google's, by the `Date` header of a fresh answer."""

from datetime import UTC, datetime, timedelta

from django.conf import settings

from tokens.google.transport import run, send

# The header counts whole seconds and cuts the rest off.
_HALF_A_SECOND = timedelta(seconds=0.5)


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
    if answer.date is None:
        return None
    middle = asked + (heard - asked) / 2
    return round((middle - answer.date.astimezone(UTC) - _HALF_A_SECOND).total_seconds(), 1)
