"""When to try again. Pure functions of what happened: no clock, no database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be. Times are in seconds.

    After so many quick `tries` come those of the `tail`, if there is one: pairs of a wait
    and how often it is waited.
    """

    first: float
    longest: float
    tries: int
    tail: tuple[tuple[float, int], ...] = ()

    def wait(self, tries: int) -> float | None:
        """The full wait after `tries` failed tries, or None when there is no further try."""
        if tries < self.tries:
            return min(self.longest, self.first * 2.0 ** (tries - 1))
        left = tries - self.tries
        for wait, times in self.tail:
            if left < times:
                return wait
            left -= times
        return None

    @property
    def quick(self) -> timedelta:
        """How long all quick tries take at most."""
        waits = (self.wait(tries) or 0.0 for tries in range(1, self.tries))
        return timedelta(seconds=sum(waits))


# What may still come of itself: hourly for a day, then daily for a week.
SLOW = ((3600.0, 24), (86_400.0, 7))
# A mail that the mail server does not take: about a ticket, nobody needs it after a few hours.
MAIL = RetryPolicy(first=30, longest=1800, tries=10)
# What people have to know whenever it reaches them: three days of tries.
NEWS = RetryPolicy(first=30, longest=7200, tries=42)


# What others ask for by Retry-After is believed up to here: the longest of days, in seconds.
_LONGEST_ASKED = 25 * 3600


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
    for by Retry-After is the least that is waited, within reason.
    """
    wait = policy.wait(tries)
    if wait is None:
        return None
    wait = wait / 2 + wait / 2 * rand()
    return now + timedelta(seconds=max(wait, min(retry_after or 0.0, _LONGEST_ASKED)))
