"""When to try again. Pure functions of what happened: no clock, no database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be. Times are in seconds."""

    first: float
    longest: float
    tries: int


# A mail that the mail server does not take: about a ticket, nobody needs it after a few hours.
MAIL = RetryPolicy(first=30, longest=1800, tries=10)
# What people have to know whenever it reaches them: three days of tries.
NEWS = RetryPolicy(first=30, longest=7200, tries=42)


def next_try(
    policy: RetryPolicy,
    *,
    tries: int,
    now: datetime,
    retry_after: float | None,
    rand: Callable[[], float],
) -> datetime | None:
    """When to try again after `tries` failed tries, or None to give up.

    The wait doubles from try to try up to the longest, with the upper half of it
    random so that many failures do not come back together. What Google asked
    for by Retry-After is the least that is waited.
    """
    if tries >= policy.tries:
        return None
    wait = min(policy.longest, policy.first * 2 ** (tries - 1))
    wait = wait / 2 + wait / 2 * rand()
    return now + timedelta(seconds=max(wait, retry_after or 0.0))
