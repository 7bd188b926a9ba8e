"""The cache goes away and comes back: nobody sees an error, and Redis is used again."""

from collections.abc import Callable

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

from portal.operations.cache import ResilientRedisCache
from tests.test_outages.neighbours import RedisServer


def test_a_cache_that_was_killed_is_replaced_and_found_again(
    redis_server: RedisServer,
    cache_at: Callable[[str], None],
) -> None:
    cache_at(redis_server.url)
    cache = caches["default"]
    assert isinstance(cache, ResilientRedisCache)
    cache.set("before", "in Redis")
    redis_server.kill()
    assert cache.get("before") is None
    cache.set("meanwhile", "in this process")
    assert cache.get_many(["meanwhile"]) == {"meanwhile": "in this process"}
    assert cache.add("meanwhile", 1) is False
    redis_server.start()
    assert cache.get("before") is None, "Redis is left alone for a while"
    cache._away_until = 1e-9  # that time is over
    assert cache.get("before") == "in Redis"
    assert cache.get("meanwhile") is None
    redis_server.kill()
    assert cache.get("meanwhile") is None, "what was kept instead is of that time only"


def test_every_operation_of_a_cache_is_guarded() -> None:
    asking = {name for name in vars(RedisCache) if not name.startswith("_")}
    assert asking - {"pickle_protocol", "get_backend_timeout"} <= set(vars(ResilientRedisCache))
