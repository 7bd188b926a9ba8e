"""What a process remembers for a while is bounded, ends in time, and is safe among threads."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.values import expiring_cache
from accounts.values.expiring_cache import ExpiringCache


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(expiring_cache, "time", clock)
    return clock


def test_a_value_is_there_until_its_time_is_over(clock: Clock) -> None:
    cache: ExpiringCache[str, int] = ExpiringCache(10)
    cache.put("short", 1, seconds=5)
    cache.put("long", 2, seconds=50)
    cache.put("for ever", 3)
    clock.seconds += 4.9
    assert [cache.get(key) for key in ("short", "long", "for ever")] == [1, 2, 3]
    clock.seconds += 0.1
    assert [cache.get(key) for key in ("short", "long", "for ever")] == [None, 2, 3]
    clock.seconds += 10**9
    assert [cache.get(key) for key in ("short", "long", "for ever")] == [None, None, 3]


def test_what_is_put_anew_lives_from_then_on(clock: Clock) -> None:
    cache: ExpiringCache[str, int] = ExpiringCache(10)
    cache.put("key", 1, seconds=5)
    clock.seconds += 4
    cache.put("key", 2, seconds=5)
    clock.seconds += 4
    assert cache.get("key") == 2


def test_what_is_over_when_it_is_put_is_never_there(clock: Clock) -> None:
    cache: ExpiringCache[str, int] = ExpiringCache(10)
    cache.put("token", 1, seconds=50)
    cache.put("token", 2, seconds=-5)
    assert cache.get("token") is None


def test_the_one_that_was_used_longest_ago_gives_way() -> None:
    cache: ExpiringCache[int, int] = ExpiringCache(3)
    for number in range(3):
        cache.put(number, number)
    assert cache.get(0) == 0
    cache.put(3, 3)
    assert [cache.get(number) for number in range(4)] == [0, None, 2, 3]


def test_those_that_are_meant_are_forgotten_and_no_others() -> None:
    cache: ExpiringCache[tuple[str, int], int] = ExpiringCache(10)
    for name in ("mine", "theirs"):
        for number in range(2):
            cache.put((name, number), number)
    cache.forget(lambda key: key[0] == "mine")
    assert cache.get(("mine", 0)) is None
    assert cache.get(("theirs", 1)) == 1
    cache.forget()
    assert cache.get(("theirs", 1)) is None


def test_it_does_not_show_what_it_holds() -> None:
    cache: ExpiringCache[str, str] = ExpiringCache(10)
    cache.put("canary-key", "canary-token", seconds=math.inf)
    assert "canary" not in repr(cache)


def test_twenty_threads_break_nothing() -> None:
    cache: ExpiringCache[int, int] = ExpiringCache(50)

    def work(seed: int) -> bool:
        for step in range(2_000):
            key = (seed * 31 + step) % 100
            cache.put(key, key, seconds=60 if step % 3 else 0)
            found = cache.get(key)
            if found not in (None, key):
                return False
            if step % 500 == 0:
                cache.forget(lambda known: known % 7 == 0)
        return True

    with ThreadPoolExecutor(20) as threads:
        assert all(threads.map(work, range(20)))
