"""When to try again: a pure function."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.leases.retry import RetryPolicy, next_try
from tokens.google.retry import SETUP, TICKET, VISIBILITY

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("policy", [TICKET, VISIBILITY, SETUP])
def test_it_gives_up_after_the_last_try(policy: RetryPolicy) -> None:
    last = next_try(policy, tries=policy.tries - 1, now=NOW, retry_after=None, rand=lambda: 1)
    assert last is not None
    assert next_try(policy, tries=policy.tries, now=NOW, retry_after=None, rand=lambda: 1) is None


def test_after_the_quick_tries_come_those_of_the_tail_each_as_often_as_it_says() -> None:
    policy = RetryPolicy(first=1, longest=5, tries=4, tail=((60, 2), (3600, 1)))
    waits = [policy.wait(tries) for tries in range(1, 9)]
    assert waits == [1, 2, 4, 60, 60, 3600, None, None]
    assert policy.quick == timedelta(seconds=7)


def test_a_doubled_wait_ends_at_the_longest() -> None:
    policy = RetryPolicy(first=3, longest=10, tries=5)
    assert [policy.wait(tries) for tries in range(1, 5)] == [3, 6, 10, 10]


@pytest.mark.parametrize(("rand", "seconds"), [(0.0, 60), (0.5, 90), (1.0, 120)])
def test_the_upper_half_of_a_wait_is_left_to_chance(rand: float, seconds: float) -> None:
    policy = RetryPolicy(first=120, longest=120, tries=2)
    due = next_try(policy, tries=1, now=NOW, retry_after=None, rand=lambda: rand)
    assert due == NOW + timedelta(seconds=seconds)


def test_google_is_waited_for_as_it_asks_but_no_longer_than_a_day_and_an_hour() -> None:
    policy = RetryPolicy(first=0.5, longest=0.5, tries=2)

    def due(retry_after: float | None) -> timedelta:
        found = next_try(policy, tries=1, now=NOW, retry_after=retry_after, rand=lambda: 1)
        assert found is not None
        return found - NOW

    assert due(None) == due(0) == timedelta(seconds=0.5)
    assert due(300) == timedelta(minutes=5)
    assert due(10**9) == timedelta(hours=25)


@given(
    tries=st.integers(1, 7),
    rand=st.floats(0, 1, exclude_max=True),
    retry_after=st.none() | st.floats(0, 10_000),
)
def test_waits_grow_stay_bounded_and_honour_google(
    tries: int, rand: float, retry_after: float | None
) -> None:
    due = next_try(TICKET, tries=tries, now=NOW, retry_after=retry_after, rand=lambda: rand)
    assert due is not None
    wait = due - NOW
    full = min(TICKET.longest, TICKET.first * 2 ** (tries - 1))
    assert wait >= timedelta(seconds=max(full / 2, retry_after or 0) - 0.001)
    assert wait <= timedelta(seconds=max(full, retry_after or 0) + 0.001)
