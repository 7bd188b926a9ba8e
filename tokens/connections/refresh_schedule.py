"""When a connection is refreshed by itself. Pure functions: no clock, no database.

Work follows use. A connection with work ahead keeps a fresh access token; an
idle one is touched often enough not to die of six idle months (contract §1.3),
and no more often than that.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

# Before the access token ends; spread so wide that a hundred thousand tokens which end in one
# second are renewed in time at the rate that GOOGLE_REFRESH_RATE allows by itself.
FRESH_FROM = timedelta(minutes=5)
FRESH_TO = timedelta(minutes=30)
# Google ends a refresh token that was not used for six months.
IDLE_FROM = timedelta(days=30)
IDLE_TO = timedelta(days=45)
# However soon a token ends, it is not renewed more often than that by itself.
AT_MOST_EVERY = timedelta(minutes=1)
# A failure is waited out for as long as it has lasted already, within these.
PATIENCE_FROM = timedelta(seconds=30)
PATIENCE_TO = timedelta(hours=1)

# An end that Google has announced is spoken of from here on, and needs its person from there on.
ENDS_SOON = timedelta(days=7)
ENDS_VERY_SOON = timedelta(days=3)

Rand = Callable[[], float]


def next_refresh(
    *, now: datetime, expires_at: datetime, fresh_until: datetime | None, rand: Rand
) -> datetime:
    """When to refresh next after a good refresh at `now`."""
    # One that lives shortly is used for half its life, not renewed over and over.
    early = min(_between(FRESH_FROM, FRESH_TO, rand), (expires_at - now) / 2)
    before_end = max(now + AT_MOST_EVERY, expires_at - early)
    if fresh_until is not None and fresh_until > before_end:
        return before_end
    return now + _between(IDLE_FROM, IDLE_TO, rand)


def next_patience(
    *, now: datetime, failing_since: datetime, retry_after: float | None, rand: Rand
) -> datetime:
    """When to try again while Google fails: as long again as it has failed, with jitter.

    There is no last try: an outage of days must end with every grant alive. What Google asks for
    is believed up to the longest patience, as tokens last no longer.
    """
    lasted = min(max(now - failing_since, PATIENCE_FROM), PATIENCE_TO)
    wait = _between(lasted, lasted * 2, rand)
    asked = timedelta(seconds=min(retry_after or 0.0, PATIENCE_TO.total_seconds()))
    return now + max(wait, asked)


def _between(low: timedelta, high: timedelta, rand: Rand) -> timedelta:
    return low + (high - low) * rand()


def ends_in(left: timedelta) -> str:
    """How long a permission lasts that Google ends at a known moment: "Expires in 3 days"."""
    hours = int(left.total_seconds() // 3600)
    days = round(left.total_seconds() / 86400)
    if hours >= 36:
        return f"Expires in {days} days"
    if hours >= 1:
        return f"Expires in {hours} hour{'s' if hours > 1 else ''}"
    return "Expires within the hour" if left.total_seconds() > 0 else "Expired"
