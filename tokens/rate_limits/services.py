"""Token buckets that all workers share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.tenancy.bulk_writes import update_many
from tokens.rate_limits.models import RateBucket

_TRIES = 20
# Whatever Google asks for: a bucket is closed for no longer, in seconds.
_LONGEST = 86_400.0


def take(name: str, wanted: int, *, rate: float, burst: float | None = None) -> int:
    """Take up to `wanted` from the bucket `name`; returns how much there was.

    `rate` is what flows in each second, `burst` (a second's worth unless given)
    the most that it holds.
    """
    holds = burst if burst is not None else rate
    for _ in range(_TRIES):
        now = timezone.now()
        bucket = _bucket(name, holds, now)
        level = min(holds, _level(bucket, rate, now))
        granted = min(wanted, int(level))
        if _spend(bucket, level - granted, now):
            return granted
    return 0


def _spend(seen: RateBucket, level: float, now: object) -> bool:
    """Write the new level, unless another worker has written one since we looked."""
    return bool(
        RateBucket.objects.filter(pk=seen.pk, level=seen.level, filled_at=seen.filled_at).update(
            level=level, filled_at=now
        )
    )


def give_back(name: str, amount: int) -> None:
    """Put back what was taken and not used."""
    if amount > 0:
        RateBucket.objects.filter(name=name).update(level=F("level") + amount)


@dataclass(frozen=True, slots=True)
class Draw:
    """What is to be taken from one bucket: of a flow, or else of an allowance for each day.

    `rate` is what flows in each second, `holds` the most that there can be. Without a rate all
    of it comes back at once: the bucket is full when nothing was taken `since`, and `until`
    says when that will be. It may be overdrawn down to `floor`.
    """

    name: str
    amount: int
    holds: float
    rate: float | None
    since: datetime | None = None
    until: datetime | None = None
    floor: float = 0.0

    def level(self, bucket: RateBucket, now: datetime) -> float:
        """How much there is now, of what was `filled_at` some time."""
        if self.rate is None:
            anew = self.since is not None and bucket.filled_at < self.since
            return self.holds if anew else min(self.holds, bucket.level)
        return min(self.holds, _level(bucket, self.rate, now))

    def ready_at(self, level: float, now: datetime) -> datetime:
        """When there will be enough."""
        if self.rate is None:
            return self.until or now
        return now + timedelta(seconds=(self.amount + self.floor - level) / self.rate)


def take_all(draws: Sequence[Draw]) -> tuple[Draw, datetime] | None:
    """Take what all `draws` ask for, or nothing; returns which lacks, and until when.

    Locks the buckets in the order of their names, so that two that take at once do it one
    after the other and never wait for each other.
    """
    if not draws:
        return None
    with transaction.atomic():
        now = timezone.now()
        found = _locked(draws, now)
        levels = {draw.name: draw.level(found[draw.name], now) for draw in draws}
        for draw in draws:
            if levels[draw.name] - draw.amount < draw.floor:
                return draw, draw.ready_at(levels[draw.name], now)
        left = [[levels[draw.name] - draw.amount, now, found[draw.name].pk] for draw in draws]
        update_many(RateBucket, ("level", "filled_at"), left, same=("id",))
    return None


def _locked(draws: Sequence[Draw], now: datetime) -> dict[str, RateBucket]:
    names = {draw.name: draw.holds for draw in draws}
    rows = RateBucket.objects.select_for_update().filter(name__in=names).order_by("name")
    found = {row.name: row for row in rows}
    missing = [name for name in sorted(names) if name not in found]
    if not missing:
        return found
    RateBucket.objects.bulk_create(
        [RateBucket(name=name, level=names[name], filled_at=now) for name in missing],
        ignore_conflicts=True,
    )
    return {row.name: row for row in rows.all()}


def charge(name: str, amount: int) -> None:
    """Take what was spent already, even if that makes a debt which has to flow in first."""
    RateBucket.objects.filter(name=name).update(level=F("level") - amount)


def empty(name: str) -> None:
    """Nothing is left of an allowance for this day."""
    now = timezone.now()
    _bucket(name, 0.0, now)
    RateBucket.objects.filter(name=name).update(level=0.0, filled_at=now)


def drain(name: str, seconds: float, rate: float) -> None:
    """Let nobody take before so many seconds have passed, at the `rate` that flows in.

    A longer wait that was begun before stays.
    """
    for _ in range(_TRIES):
        now = timezone.now()
        bucket = _bucket(name, 0.0, now)
        debt = min(seconds, _LONGEST) * rate
        if _level(bucket, rate, now) <= -debt or _spend(bucket, -debt, now):
            return


def in_debt(prefix: str, *, besides: str) -> bool:
    """Whether a bucket with such a name, into which one flows a second, is not filled up yet."""
    now = timezone.now()
    found = RateBucket.objects.filter(name__startswith=prefix, level__lt=0).exclude(name=besides)
    recent = found.filter(filled_at__gte=now - timedelta(seconds=_LONGEST))
    return any(_level(bucket, 1.0, now) < 0 for bucket in recent)


def _level(bucket: RateBucket, rate: float, now: datetime) -> float:
    """How much there is now; no debt counts that is longer than a day's."""
    passed = max(0.0, (now - bucket.filled_at).total_seconds())
    return max(bucket.level, -rate * _LONGEST) + passed * rate


def _bucket(name: str, level: float, now: datetime) -> RateBucket:
    found = RateBucket.objects.filter(name=name)
    seen = found.first()
    if seen is not None:
        return seen
    new = RateBucket(name=name, level=level, filled_at=now)
    # In a block of its own: what interrupts it must not spoil the transaction that it stands in.
    with transaction.atomic():
        RateBucket.objects.bulk_create([new], ignore_conflicts=True)
    return found.first() or new
