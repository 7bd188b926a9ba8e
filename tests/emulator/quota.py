"""Per-minute quotas of the Admin API, off unless the seed sets them (contract §4.4).

Keys of ``quotas``: ``requests_project``, ``requests_user``, ``writes_project``,
``writes_user``; values are calls per minute.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.emulator import errors

WINDOW = 60


@dataclass
class Quota:
    """Sliding windows by quota and by who it counts for."""

    windows: dict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def spend(
        self, limits: dict[str, int], moment: float, project: str, user: str, *, write: bool
    ) -> None:
        """Count one call, or answer 429 when a quota is used up."""
        kinds = ["requests", "writes"] if write else ["requests"]
        for kind in kinds:
            for who, name in (("project", project), ("user", user)):
                limit = limits.get(f"{kind}_{who}")
                if limit is not None:
                    of_whom = errors.PER_USER if who == "user" else errors.PER_PROJECT
                    named = of_whom if kind == "requests" else f"Write{of_whom}"
                    self._spend_one(self.windows[f"{kind}_{who}", name], limit, moment, named)

    def _spend_one(self, window: deque[float], limit: int, moment: float, named: str) -> None:
        while window and window[0] <= moment - WINDOW:
            window.popleft()
        if len(window) >= limit:
            wait = max(1, int(window[0] + WINDOW - moment))
            raise errors.exhausted("Quota exceeded for requests per minute.", wait, named)
        window.append(moment)
