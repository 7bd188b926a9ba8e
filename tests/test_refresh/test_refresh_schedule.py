"""When to refresh next: pure functions."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tokens.connections.refresh_schedule import AT_MOST_EVERY, next_patience, next_refresh

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RANDS = st.floats(0, 1, exclude_max=True)


@given(rand=RANDS)
def test_a_warm_token_is_renewed_five_to_thirty_minutes_before_its_end(rand: float) -> None:
    end = NOW + timedelta(hours=1)
    due = next_refresh(
        now=NOW, expires_at=end, fresh_until=NOW + timedelta(days=1), rand=lambda: rand
    )
    assert timedelta(minutes=5) <= end - due <= timedelta(minutes=30)


@given(rand=RANDS, past=st.booleans())
def test_an_idle_one_is_touched_within_a_quarter_of_six_months(rand: float, past: bool) -> None:
    due = next_refresh(
        now=NOW,
        expires_at=NOW + timedelta(hours=1),
        fresh_until=NOW - timedelta(days=1) if past else None,
        rand=lambda: rand,
    )
    assert timedelta(days=30) <= due - NOW <= timedelta(days=45)


@given(rand=RANDS, lifetime=st.integers(0, 300))
def test_a_short_lived_token_is_not_due_in_the_past(rand: float, lifetime: int) -> None:
    due = next_refresh(
        now=NOW,
        expires_at=NOW + timedelta(seconds=lifetime),
        fresh_until=NOW + timedelta(days=1),
        rand=lambda: rand,
    )
    assert due >= NOW + AT_MOST_EVERY


@given(rand=RANDS, minutes=st.integers(2, 60))
def test_a_token_is_used_for_half_its_life_however_short(rand: float, minutes: int) -> None:
    life = timedelta(minutes=minutes)
    due = next_refresh(
        now=NOW, expires_at=NOW + life, fresh_until=NOW + timedelta(days=1), rand=lambda: rand
    )
    assert life / 2 <= due - NOW < life


@given(rand=RANDS, failing=st.integers(0, 10**6), retry_after=st.none() | st.floats(0))
def test_patience_grows_with_the_failure_and_never_ends(
    rand: float, failing: int, retry_after: float | None
) -> None:
    since = NOW - timedelta(seconds=failing)
    due = next_patience(now=NOW, failing_since=since, retry_after=retry_after, rand=lambda: rand)
    wait, asked = due - NOW, min(retry_after or 0, 3600)
    assert wait >= timedelta(seconds=max(30, min(failing, 3600)))
    assert wait >= timedelta(seconds=asked) - timedelta(milliseconds=1)
    assert wait <= max(timedelta(hours=2), timedelta(seconds=asked))
