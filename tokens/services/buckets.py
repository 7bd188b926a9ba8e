"""Token buckets that all workers share: spent by one compare-and-set a batch."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tokens.models import RateBucket

_TRIES = 20


def take(name: str, wanted: int, *, rate: float, burst: float | None = None) -> int:
    """Take up to `wanted` from the bucket `name`; returns how much there was.

    `rate` is what flows in each second, `burst` (a second's worth unless given)
    the most that it holds.
    """
    holds = burst if burst is not None else rate
    for _ in range(_TRIES):
        now = timezone.now()
        bucket = _bucket(name, holds, now)
        passed = max(0.0, (now - bucket.filled_at).total_seconds())
        level = min(holds, bucket.level + passed * rate)
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


def wait_for(name: str, amount: int, *, rate: float, burst: float) -> float:
    """Take all of `amount`, or nothing; returns the seconds until it will be there, 0 if taken."""
    for _ in range(_TRIES):
        now = timezone.now()
        bucket = _bucket(name, burst, now)
        passed = max(0.0, (now - bucket.filled_at).total_seconds())
        level = min(burst, bucket.level + passed * rate)
        if level < amount:
            return (amount - level) / rate
        if _spend(bucket, level - amount, now):
            return 0.0
    return amount / rate


def take_of_day(name: str, amount: int, allowance: float, *, since: datetime) -> bool:
    """Take from an allowance that is whole again with each day; `since` is when this one began."""
    for _ in range(_TRIES):
        now = timezone.now()
        bucket = _bucket(name, allowance, now)
        level = allowance if bucket.filled_at < since else min(allowance, bucket.level)
        if level < amount:
            return False
        if _spend(bucket, level - amount, now):
            return True
    return False


def drain(name: str, debt: float) -> None:
    """Empty the bucket, and let `debt` flow in before anything can be taken."""
    now = timezone.now()
    _bucket(name, 0.0, now)
    RateBucket.objects.filter(name=name).update(level=-debt, filled_at=now)


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
