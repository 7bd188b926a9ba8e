"""What is believed of numbers and words that others send: pure functions."""

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tokens.google import plausible

MOMENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own clock is nine hours ahead."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("value", "found"),
    [
        *((7, 7.0), (-7, -7.0), (1.5, 1.5), ("2.5", 2.5), (0, 0.0)),
        *((10**400, math.inf), (-(10**400), None)),
        *((True, None), (False, None), (None, None), ([7], None), ("soon", None)),
        *(("nan", None), (math.nan, None)),
    ],
)
def test_a_number_may_be_sent_as_text(value: object, found: float | None) -> None:
    assert plausible.number(value) == found


@pytest.mark.parametrize(
    ("value", "believed"), [(0.5, 0.5), (60, 60.0), (61, 60.0), (0, None), (-1, None), ("x", None)]
)
def test_of_a_time_no_more_than_the_most_is_believed(value: object, believed: float | None) -> None:
    assert plausible.seconds(value, 60) == believed


@pytest.mark.parametrize(
    ("said", "used"),
    [(120, 120), ("120", 120), (0.2, 1), (86_400, 86_400), (86_401, 86_400), (None, 3600)],
)
def test_an_access_token_lasts_a_second_to_a_day(said: object, used: int) -> None:
    assert plausible.lifetime(said) == used


@pytest.mark.parametrize(
    ("said", "ends"),
    [(604_799, 604_799), ("604799.9", 604_799), (1e12, 316_224_000), (None, None), (0, None)],
)
def test_a_permission_ends_after_ten_years_at_the_latest(said: object, ends: int | None) -> None:
    assert plausible.grant_lifetime(said) == ends


@pytest.mark.parametrize(
    ("said", "waited"),
    [("120", 120.0), ("86401", 86_400.0), ("-1", None), ("soon", None), ("", None), (None, None)],
)
def test_seconds_to_wait_are_read_from_a_header(said: str | None, waited: float | None) -> None:
    assert plausible.retry_after_seconds(said) == waited


def test_less_than_a_day_may_be_the_most_that_is_waited() -> None:
    assert plausible.retry_after_seconds("120", 60) == 60.0
    assert plausible.retry_after_seconds("Fri, 31 Dec 9999 23:59:59 GMT", 60) == 60.0


def test_a_moment_to_wait_for_counts_from_now() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    waited = plausible.retry_after_seconds(soon)
    assert waited is not None
    assert 3500 < waited <= 3600
    gone = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    assert plausible.retry_after_seconds(gone) is None


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Sun, 01 Mar 2026 12:30:00 GMT", MOMENT),
        ("Sun, 01 Mar 2026 14:30:00 +0200", MOMENT),
        # No zone is known: what is meant is UTC, wherever the server stands.
        ("Sun, 01 Mar 2026 12:30:00 -0000", MOMENT),
        *(("soon", None), ("", None), (None, None), ("Fri, 99 Dec 2026", None)),
    ],
)
def test_the_date_of_a_header_is_read_in_utc(
    in_tokyo: None, said: str | None, moment: datetime | None
) -> None:
    found = plausible.http_date(said)
    assert found == moment
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        *(("ya29.a b~", True), ("x" * 16_384, True), ("x" * 16_385, False)),
        *(("", False), ("ya29.é", False), ("nul\0", False), ("line\n", False)),
        *((None, False), (7, False), (b"ya29", False)),
    ],
)
def test_a_token_is_one_that_can_be_sent_and_sealed(value: object, kept: bool) -> None:
    assert plausible.token(value) == (value if kept else None)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("openid  email", "openid email"),
        ('openid quo"ted back\\slash é email', "openid email"),
        *(("", None), ('"', None), (None, None), (["openid"], None)),
    ],
)
def test_of_scopes_only_what_can_be_a_name_is_kept(value: object, kept: str | None) -> None:
    assert plausible.scope(value) == kept


def test_a_sentence_is_cut_and_freed_of_what_no_database_keeps() -> None:
    assert plausible.text("nul\0 and half \ud800", 60) == "nul and half ?"
    assert plausible.text("abcdef", 4) == "abcd"
    assert plausible.text(403, 60) == "403"
