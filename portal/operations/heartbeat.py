"""The sign of life that a worker leaves where web processes can see it."""

import time

from django.core.cache import cache

_KEY = "portal:worker-heartbeat"
_ALIVE_SECONDS = 30


def beat() -> None:
    """Say that a worker is alive now."""
    cache.set(_KEY, time.time(), timeout=3600)


def seconds_since_beat() -> float | None:
    """How long ago a worker last said so; None if none ever did, or only by a clock set wrong.

    A sign of life from the future tells nothing: the clock was set back since, and the worker
    may have died at any moment.
    """
    last: float | None = cache.get(_KEY)
    if last is None or time.time() - last < -_ALIVE_SECONDS:
        return None
    return max(0.0, time.time() - last)


def is_alive() -> bool:
    """Whether a worker has said so lately."""
    seconds = seconds_since_beat()
    return seconds is not None and seconds <= _ALIVE_SECONDS
