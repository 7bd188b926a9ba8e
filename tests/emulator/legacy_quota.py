"""v3's own quotas: 50 writes a day for a project, 1.5 calls a second for a user (contract §3)."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tests.emulator import legacy_errors
from tests.emulator.state import Limits

# Google's days begin at midnight there.
PACIFIC = ZoneInfo("America/Los_Angeles")
# The rate is looked at over so many seconds, so that a short burst passes.
WINDOW = 10


@dataclass
class LegacyQuota:
    """Writes of the day by project, and recent calls by user."""

    writes: dict[tuple[str, date], int] = field(default_factory=lambda: defaultdict(int))
    calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def spend(self, limits: Limits, moment: float, project: str, user: str, *, write: bool) -> None:
        """Count one call, or answer 403 when a quota is used up."""
        recent = self.calls[user]
        while recent and recent[0] <= moment - WINDOW:
            recent.popleft()
        if len(recent) >= limits.v3_calls_second * WINDOW:
            raise legacy_errors.too_fast()
        recent.append(moment)
        if write:
            day = (project, datetime.fromtimestamp(moment, PACIFIC).date())
            if self.writes[day] >= limits.v3_writes_day:
                raise legacy_errors.daily_limit()
            self.writes[day] += 1
