"""How fast something is."""

import statistics
import time
from collections.abc import Callable, Sequence


def rate(rows: int, work: Callable[[], object]) -> float:
    """Rows per second of `work` on `rows` rows."""
    return rows / seconds(work)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def side_by_side(rounds: int, *works: Callable[[], float]) -> list[float]:
    """The median of each of `works`, done turn by turn, so that a busy machine slows all alike."""
    turns = [[work() for work in works] for _ in range(rounds)]
    return [statistics.median(one) for one in zip(*turns, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
