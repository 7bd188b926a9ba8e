"""The doctor's table: what the evidence is, and what it must be taken for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.test_doctor.table import DEAD, TABLE, WELL
from tokens.connections.ages import issued_since, ordinal
from tokens.diagnostics.diagnosis import RULES, Diagnosis, diagnose
from tokens.diagnostics.facts import Act, Likelihood


def doctor(**changes: Any) -> Diagnosis:
    return diagnose(replace(WELL, **changes))


@pytest.mark.parametrize(
    ("facts", "title", "likelihood", "act"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_the_first_cause_is(
    facts: dict[str, Any], title: str, likelihood: Likelihood, act: Act
) -> None:
    first = doctor(**facts).causes[0]
    assert (first.title, first.likelihood, first.action) == (title, likelihood, act)
    assert all(sentence.endswith((".", "”")) for sentence in first.because)
    assert first.because
    assert first.action_label


def test_every_finding_is_in_the_table() -> None:
    causes = [
        cause
        for row in TABLE
        for finding in RULES
        if (cause := finding(replace(WELL, **row[1]))) is not None
    ]
    found = {cause.title for cause in causes}
    assert len(found) == len(RULES)


@pytest.mark.parametrize(
    ("since", "verdict"),
    [
        (timedelta(seconds=59), "This connection works"),
        (timedelta(minutes=8, seconds=9), "Last known good 8 minutes ago"),
        (timedelta(minutes=1), "Last known good 1 minute ago"),
        (timedelta(hours=47), "Last known good 1 day ago"),
        (timedelta(hours=23), "Last known good 23 hours ago"),
    ],
)
def test_a_well_connection_is_said_to_work_only_when_google_has_just_said_so(
    since: timedelta, verdict: str
) -> None:
    diagnosis = doctor(refreshed_at=WELL.now - since)
    assert (diagnosis.tone, diagnosis.verdict) == ("ok", verdict)
    assert diagnosis.causes == diagnosis.ruled_out == []


def test_a_disconnected_one_is_nobody_s_fault() -> None:
    assert doctor(status="disconnected").verdict == "Disconnected by a person"


def test_the_clock_is_never_blamed_for_a_dead_refresh_token() -> None:
    innocent = doctor(**DEAD)
    assert "The server's clock is wrong" in [cause.title for cause in innocent.ruled_out]
    skewed = doctor(**DEAD, clock_skew=400.0)
    assert skewed.causes[0].title == "The permission was withdrawn at Google"
    clock = next(cause for cause in skewed.causes if "clock" in cause.title)
    assert clock.because == [
        "By the date of Google's last answer it is 400 seconds ahead of Google's."
    ]
    assert "not refresh tokens" in clock.explains


def test_nothing_is_said_of_a_clock_that_could_not_be_measured() -> None:
    diagnosis = doctor(**DEAD, clock_skew=None)
    assert not any("clock" in one.title for one in (*diagnosis.causes, *diagnosis.ruled_out))


def test_suspicions_that_do_not_hold_are_ruled_out_aloud() -> None:
    ruled_out = [cause.title for cause in doctor(**DEAD).ruled_out]
    assert ruled_out == [
        "The limit of refresh tokens was exceeded",
        "It was not used for six months",
        "The server's clock is wrong",
        "The person changed the password",
    ]


@pytest.mark.parametrize(("issued_after", "counts"), [(99, False), (100, True), (101, True)])
def test_the_limit_is_to_the_token(issued_after: int, counts: bool) -> None:
    titles = [cause.title for cause in doctor(**DEAD, issued_after=issued_after).causes]
    assert ("The limit of refresh tokens was exceeded" in titles) is counts


def test_a_certain_cause_stands_before_a_likely_one() -> None:
    diagnosis = doctor(
        **{**DEAD, "error_message": "Account has been deleted"},
        issued_after=100,
    )
    assert [cause.likelihood for cause in diagnosis.causes] == sorted(
        cause.likelihood for cause in diagnosis.causes
    )
    assert diagnosis.causes[0].title == "The Google account was deleted or suspended"
    assert "withdrawn" not in " ".join(cause.title for cause in diagnosis.causes)


def test_a_connection_that_died_before_errors_were_written_down_is_understood() -> None:
    old = doctor(status="needs_reconnect", reason="revoked")
    assert old.verdict == "Google refuses the permission"


def test_evidence_is_counted_in_words() -> None:
    assert issued_since(100, 100) == "The 101st token for this account was issued since, limit 100."
    assert issued_since(1, 100) == "1 token was issued for this account since this one, limit 100."
    assert issued_since(0, 25).startswith("No tokens were")
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 101, 111)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th")
    ]
