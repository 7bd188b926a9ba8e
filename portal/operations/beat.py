"""Beat's schedule: kept in memory, and steady when the machine's clock is moved."""

import time
from typing import Any

import structlog
from celery.beat import Scheduler

from portal.operations.publishing import publisher

log = structlog.get_logger(__name__)

# Seconds by which the clock may be corrected without anybody noticing.
_TOLERANCE = 2.0


class SteadyScheduler(Scheduler):
    """Celery's scheduler, which begins to count anew when the clock is moved.

    Celery remembers by the clock when each task ran last and will run next. Set the clock back
    by two hours, and it sends nothing for two hours. How far the clock was moved is read from
    one that cannot be.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Nobody knows what happened to the clock before: the first tick looks.
        self._offset = 0.0
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; returns the seconds until the next look."""
        offset = _offset()
        if abs(offset - self._offset) > _TOLERANCE:
            log.info("counting by the clock as it is now", moved=round(offset - self._offset))
            self._offset = offset
            self._count_anew()
        wait: float = super().tick(*args, **kwargs)
        return wait

    def _count_anew(self) -> None:
        """Nothing ran later than now, and what was planned by the old clock is forgotten."""
        for entry in self.schedule.values():
            if entry.last_run_at is not None and entry.last_run_at > entry.default_now():
                entry.last_run_at = entry.default_now()
        self._heap = None
        # Beat knows tasks by name alone, and must not wait for the broker either.
        publisher.publish(lambda: self.send_task("portal.clock_was_moved"))


def _offset() -> float:
    return time.time() - time.monotonic()
