"""Google's quotas, as buckets to take from before each call (contract §3, §4.4).

A quota of so many a minute becomes a bucket that holds a tenth of it and fills
with the rest, so no minute ever sees more than Google allows.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from provisioning.analytics.backends import Backend

# Google's days begin at midnight there (contract §10).
PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step costs at least: calls in all, and how many of them write."""

    calls: int
    writes: int = 0


# The accounts are listed before a ticket is asked for, and what there is before it is made.
TICKET = Cost(calls=2, writes=1)
STEP = Cost(calls=2, writes=1)
LOOK = Cost(calls=1)
# As many rows as each API lists with one call, at the most (contract §4.4, §5).
GA4_PAGE = 200
V3_PAGE = 1000
PAGES = {Backend.GA4: GA4_PAGE, Backend.V3: V3_PAGE}


@dataclass(frozen=True, slots=True)
class BucketCost:
    """What a step takes from one bucket; `rate` is None where the quota is a day's."""

    bucket: str
    amount: int
    holds: float
    rate: float | None
    words: str
    # Whether it is the Google account's own quota, not that of all who share the project.
    per_user: bool = False
    of_writes: bool = False

    def is_meant(self, quota: str) -> bool:
        """Whether Google means this one by what it calls a `quota` (contract §10)."""
        said = quota.lower()
        return self.per_user == ("peruser" in said) and self.of_writes == ("write" in said)


def bucket_costs(backend: str, project: str, user: str, cost: Cost) -> Sequence[BucketCost]:
    """What `cost` takes of Google's quotas."""
    quotas = _v3 if backend == Backend.V3 else _ga4
    all_of_them = quotas(short_name(project), short_name(user), cost)
    return [bucket_cost for bucket_cost in all_of_them if bucket_cost.amount]


def _ga4(project: str, user: str, cost: Cost) -> Sequence[BucketCost]:
    calls, writes = cost.calls, cost.writes
    ours, own = project, f"{project}:{user}"
    return (
        _a_minute(f"calls:{ours}", calls, settings.GOOGLE_PROJECT_CALLS_A_MINUTE, "calls"),
        _a_minute(f"calls:{own}", calls, settings.GOOGLE_USER_CALLS_A_MINUTE, "calls", own=True),
        _a_minute(f"writes:{ours}", writes, settings.GOOGLE_PROJECT_WRITES_A_MINUTE, "writes"),
        _a_minute(
            f"writes:{own}", writes, settings.GOOGLE_USER_WRITES_A_MINUTE, "writes", own=True
        ),
    )


def _a_minute(bucket: str, amount: int, quota: int, what: str, *, own: bool = False) -> BucketCost:
    words = f"Google allows {quota} {what} a minute"
    holds, rate = max(float(amount), quota / 10), quota * 0.9 / 60
    return BucketCost(bucket, amount, holds, rate, words, per_user=own, of_writes=what == "writes")


def short_name(name: str) -> str:
    """A name of others, as a bucket's name can hold it."""
    return name if len(name) <= 40 else hashlib.sha256(name.encode()).hexdigest()[:32]


def _v3(project: str, user: str, cost: Cost) -> Sequence[BucketCost]:
    # Asking for a ticket makes the property and the view as well, so a step only lists them.
    calls, writes = (1, 0) if cost is STEP else (cost.calls, cost.writes)
    quota, rate = settings.GOOGLE_V3_WRITES_A_DAY, settings.GOOGLE_V3_USER_CALLS_A_SECOND
    words = "Google's legacy API takes few calls at once from one Google account"
    return (
        BucketCost(f"v3:{project}:{user}", calls, 5 * rate, rate, words, per_user=True),
        BucketCost(f"v3-day:{project}", writes, quota, None, f"Google allows {quota} writes a day"),
    )


def day_began(now: datetime) -> datetime:
    """When Google's current day began."""
    local = now.astimezone(PACIFIC)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def day_ends(now: datetime) -> datetime:
    """When Google's current day ends, and its daily quotas with it."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, PACIFIC).astimezone(UTC)
