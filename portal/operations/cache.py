"""Redis as a cache that may be gone or silent without taking a page along.

What stands in the cache is of little weight: rate limits, signs of life, one-time codes that were
used. While Redis does not answer, each process keeps these for itself: limits still count, only
for each process by itself, and no page fails or waits.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

# Seconds. A cache that needs longer is none.
_TIMEOUT = 0.25
# How long Redis is left alone after it did not answer.
_PAUSE = 5.0


def _guarded(name: str) -> Callable[..., Any]:
    def call(self: "ResilientRedisCache", *args: Any, **kwargs: Any) -> Any:
        return self._try(name, *args, **kwargs)

    call.__name__ = name
    return call


class ResilientRedisCache(RedisCache):
    """Django's Redis cache, with a cache of this process in its place while Redis is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "socket_timeout": _TIMEOUT,
            "socket_connect_timeout": _TIMEOUT,
            # Once, for a connection that died while it was idle.
            "retry": Retry(NoBackoff(), 1),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._instead = LocMemCache(f"instead of {server}", params)
        self._away_until = 0.0
        self._asking = threading.Lock()

    add = _guarded("add")
    get = _guarded("get")
    set = _guarded("set")
    touch = _guarded("touch")
    delete = _guarded("delete")
    get_many = _guarded("get_many")
    has_key = _guarded("has_key")
    incr = _guarded("incr")
    set_many = _guarded("set_many")
    delete_many = _guarded("delete_many")
    clear = _guarded("clear")

    def _try(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Ask Redis, or the cache of this process while Redis is away.

        After a pause one caller asks whether Redis is back; all others go on without it.
        """
        if not self._away_until:
            return self._ask(name, *args, **kwargs)
        if time.monotonic() >= self._away_until and self._asking.acquire(blocking=False):
            try:
                return self._ask(name, *args, **kwargs)
            finally:
                self._asking.release()
        return getattr(self._instead, name)(*args, **kwargs)

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = getattr(super(), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            if not self._away_until:
                log.warning("cache does not answer", error=type(error).__name__)
            self._away_until = time.monotonic() + _PAUSE
            return getattr(self._instead, name)(*args, **kwargs)
        if self._away_until:
            self._away_until = 0.0
            self._instead.clear()
            log.info("cache answers again")
        return answer
