"""Token buckets that all workers share: spent by one compare-and-set a batch."""

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
        bucket, _new = RateBucket.objects.get_or_create(
            name=name, defaults={"level": holds, "filled_at": now}
        )
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
