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
