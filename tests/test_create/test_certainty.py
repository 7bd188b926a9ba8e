"""What is known of accounts at Google: from what the portal has seen of each ticket, no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from provisioning.requests.certainty import AtGoogle, TicketRecord, known_of

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(minutes=30), NOW + timedelta(minutes=30)
UNSEEN = TicketRecord(opened=False, expires_at=AFTER)
OPENED = replace(UNSEEN, opened=True)
OVER = replace(OPENED, expires_at=BEFORE)
FAILED = replace(OPENED, told=True)


@pytest.mark.parametrize(
    ("ticket", "known"),
    [
        (UNSEEN, AtGoogle.NOTHING),
        (replace(UNSEEN, expires_at=BEFORE), AtGoogle.NOTHING),
        (replace(OPENED, refused=True), AtGoogle.REFUSED),
        (replace(OVER, refused=True), AtGoogle.REFUSED),
        (OPENED, AtGoogle.OPEN),
        # A look before its end says nothing of what was accepted after it.
        (replace(OPENED, looked_at=NOW), AtGoogle.OPEN),
        (OVER, AtGoogle.UNKNOWN),
        (replace(OVER, looked_at=BEFORE - timedelta(minutes=1)), AtGoogle.UNKNOWN),
        (replace(OVER, looked_at=NOW), AtGoogle.NOT_LISTED),
        (FAILED, AtGoogle.UNKNOWN),
        (replace(FAILED, looked_at=NOW), AtGoogle.UNKNOWN),
        # Google lists late: as long as the portal expects something, it does not say otherwise.
        (replace(OVER, told=True, looked_at=NOW, looks_on=True), AtGoogle.UNKNOWN),
        (replace(OVER, told=True, looked_at=NOW), AtGoogle.NOT_LISTED),
        (replace(FAILED, settled=True), AtGoogle.NOTHING),
        # An error came through the portal's own page, whether or not it saw anybody leave.
        (replace(UNSEEN, told=True), AtGoogle.UNKNOWN),
    ],
)
def test_one_ticket_says(ticket: TicketRecord, known: AtGoogle) -> None:
    assert ticket.at_google(NOW) == known


def test_the_least_certain_ticket_decides() -> None:
    refused = replace(OPENED, refused=True)
    assert known_of([], NOW).at_google is AtGoogle.NOTHING
    assert known_of([OPENED], NOW).at_google is AtGoogle.OPEN
    assert known_of([OPENED], AFTER + timedelta(seconds=1)).at_google is AtGoogle.UNKNOWN
    assert known_of([UNSEEN, refused], NOW).at_google is AtGoogle.REFUSED
    assert known_of([FAILED, refused, UNSEEN], NOW).at_google is AtGoogle.UNKNOWN


def test_what_goes_on_is_said_only_where_something_may_come_of_it() -> None:
    looking = replace(FAILED, looks_on=True)
    assert "keeps looking" in known_of([looking], NOW).sentence
    assert "keeps looking" not in known_of([FAILED], NOW).sentence
    assert "keeps looking" not in known_of([replace(UNSEEN, looks_on=True)], NOW).sentence
    assert "keeps looking" not in known_of([replace(looking, settled=True)], NOW).sentence


def test_a_ticket_is_open_to_its_last_moment_and_a_look_counts_only_after_it() -> None:
    at_end = replace(OPENED, expires_at=NOW)
    assert at_end.at_google(NOW) is AtGoogle.OPEN
    assert at_end.at_google(NOW + timedelta(seconds=1)) is AtGoogle.UNKNOWN
    assert replace(at_end, looked_at=NOW).at_google(AFTER) is AtGoogle.UNKNOWN
