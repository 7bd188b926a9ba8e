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


# A ticket that Google could not give: a person is waiting, so the first tries come quickly.
TICKET = RetryPolicy(first=5, longest=900, tries=8)
# An account that was accepted but is not listed yet becomes visible within minutes.
VISIBILITY = RetryPolicy(first=2, longest=300, tries=10)
# Property and stream: the account exists, so patience costs nobody anything.
SETUP = RetryPolicy(first=5, longest=1800, tries=12)
# A new key of a service account: Google accepts it seconds to minutes after it was made.
PROBE = RetryPolicy(first=2, longest=60, tries=16)
# A rotation that meets an outage of Google: a day of tries, then people are told.
ROTATE = RetryPolicy(first=5, longest=7200, tries=20)

# A mail that the mail server does not take: after a few hours nobody needs it any more.
MAIL = RetryPolicy(first=30, longest=1800, tries=10)


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
