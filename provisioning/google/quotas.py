"""Google's quotas for writing, as buckets to take from before each call (contract §3, §4.4).

A quota of so many a minute becomes a bucket that holds a tenth of it and fills
with the rest, so no minute ever sees more than Google allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from provisioning.models.request import Dialect

# Google's days begin at midnight there (contract §10).
PACIFIC = ZoneInfo("America/Los_Angeles")
# v3 allows 1.5 calls a second for each user: in any ten seconds these make fifteen.
_V3_RATE, _V3_BURST = 1.0, 5.0


@dataclass(frozen=True, slots=True)
class Share:
    """What one call takes from one bucket; `rate` is None where the quota is a day's."""

    bucket: str
    amount: int
    holds: float
    rate: float | None
    words: str


def shares(dialect: str, project: str, user: str, *, ticket: bool) -> Sequence[Share]:
    """What asking for a ticket, or else one set-up step, takes of Google's quotas."""
    if dialect == Dialect.V3:
        return _v3_shares(project, user, ticket=ticket)
    return (
        _a_minute(f"writes:{project}", settings.GOOGLE_PROJECT_WRITES_A_MINUTE),
        _a_minute(f"writes:{project}:{user}", settings.GOOGLE_USER_WRITES_A_MINUTE),
    )


def _a_minute(bucket: str, quota: int) -> Share:
    words = f"Google allows {quota} writes a minute"
    return Share(bucket, 1, max(1.0, quota / 10), quota * 0.9 / 60, words)


def _v3_shares(project: str, user: str, *, ticket: bool) -> Sequence[Share]:
    # A ticket is a list of accounts and a write, a step only a list.
    calls = Share(
        f"v3:{project}:{user}",
        2 if ticket else 1,
        _V3_BURST,
        _V3_RATE,
        "Google allows three calls in two seconds",
    )
    if not ticket:
        return (calls,)
    quota = settings.GOOGLE_V3_WRITES_A_DAY
    return (
        calls,
        Share(f"v3-day:{project}", 1, quota, None, f"Google allows {quota} writes a day"),
    )


def day_began(now: datetime) -> datetime:
    """When Google's current day began."""
    local = now.astimezone(PACIFIC)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def day_ends(now: datetime) -> datetime:
    """When Google's current day ends, and its daily quotas with it."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, PACIFIC).astimezone(UTC)
