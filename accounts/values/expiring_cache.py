"""What one process remembers for a while: bounded, and safe to use from many threads."""

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import TLRUCache

K = TypeVar("K")
V = TypeVar("V")


class ExpiringCache(Generic[K, V]):
    """At most `size` values, each for its own time; the one used longest ago gives way.

    Its values are never part of its `repr`: some are secrets.
    """

    def __init__(self, size: int) -> None:
        self._values: TLRUCache[K, tuple[float, V]] = TLRUCache(
            size, ttu=lambda _key, entry, _now: entry[0], timer=time.monotonic
        )
        # Reading moves a value to the end, so readers need it as well.
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value of `key`; None when it was never put, has expired or gave way."""
        with self._lock:
            entry = self._values.get(key)
        return None if entry is None else entry[1]

    def put(self, key: K, value: V, *, seconds: float = math.inf) -> None:
        """Remember `value` for so many seconds, in the place of what `key` had."""
        with self._lock:
            self._values[key] = (time.monotonic() + seconds, value)

    def forget(self, is_meant: Callable[[K], bool] = lambda _: True) -> None:
        """Forget the values whose keys are meant: all of them, unless it is said which."""
        with self._lock:
            for key in [key for key in self._values if is_meant(key)]:
                self._values.pop(key, None)
