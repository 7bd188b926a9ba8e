"""What a ticket may have made: weighed by facts alone, whatever order they came in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.analytics.objects import SeenAccount
from provisioning.requests.candidates import (
    SKEW,
    Candidate,
    Evidence,
    Reading,
    TicketFacts,
    is_contested,
    maker_of,
    may_have_made,
    read,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAMES = st.sampled_from(["Bakery", "Shoes"])
IDS = st.sampled_from(["1", "2", "3"])
MOMENTS = st.integers(-90, 90).map(lambda minutes: NOW + minutes * MINUTE)

ACCOUNTS = st.builds(SeenAccount, IDS, NAMES, st.none() | MOMENTS)


@st.composite
def tickets(draw: st.DrawFn) -> TicketFacts:
    """A ticket of which anything may be known, in an order that can happen."""
    issued = draw(MOMENTS)
    opened = draw(st.none() | st.integers(0, 50).map(lambda minutes: issued + minutes * MINUTE))
    named = draw(st.sampled_from(["", "1", "2"])) if opened else ""
    return TicketFacts(
        name=draw(NAMES),
        issued_at=issued,
        expires_at=issued + 60 * MINUTE,
        not_made=draw(st.frozensets(IDS, max_size=2)),
        opened_at=opened,
        named=named,
        named_at=opened + draw(st.integers(0, 90)) * MINUTE if named and opened else None,
        hinted=draw(st.frozensets(IDS, max_size=1)),
        refused=draw(st.booleans()) and not named,
    )


TICKET = TicketFacts("Bakery", NOW, NOW + 60 * MINUTE, opened_at=NOW + MINUTE)
MADE = SeenAccount("1", "Bakery", NOW + 2 * MINUTE)
RENAMED = replace(MADE, name="Renamed")


@pytest.mark.parametrize(
    ("ticket", "account", "evidence"),
    [
        (TICKET, MADE, Evidence.SAME_NAME),
        (TICKET, RENAMED, Evidence.POSSIBLE),
        (replace(TICKET, opened_at=None), RENAMED, Evidence.NONE),
        (replace(TICKET, refused=True), RENAMED, Evidence.NONE),
        (replace(TICKET, named="1"), RENAMED, Evidence.NAMED),
        (replace(TICKET, hinted=frozenset("1")), RENAMED, Evidence.HINTED),
        (replace(TICKET, name="Older wish", named="1"), MADE, Evidence.NAMED),
        (replace(TICKET, not_made=frozenset("1"), named="1"), MADE, Evidence.NONE),
        (replace(TICKET, named="1"), replace(MADE, created_at=NOW - 2 * SKEW), Evidence.NONE),
        (TICKET, replace(RENAMED, created_at=NOW + 120 * MINUTE), Evidence.NONE),
        # Of what a return named, nothing else came; a name alone says less.
        (replace(TICKET, made="2", named="2"), MADE, Evidence.NONE),
        (replace(TICKET, made="2", hinted=frozenset("2")), RENAMED, Evidence.NONE),
        (replace(TICKET, made="2"), MADE, Evidence.POSSIBLE),
        (replace(TICKET, made="2"), RENAMED, Evidence.POSSIBLE),
        (replace(TICKET, made="1"), RENAMED, Evidence.NAMED),
    ],
)
def test_each_fact_weighs_what_it_should(
    ticket: TicketFacts, account: SeenAccount, evidence: Evidence
) -> None:
    assert ticket.evidence(account) is evidence


@given(
    own=st.lists(tickets(), max_size=3), listed=st.lists(ACCOUNTS, unique_by=lambda a: a.account_id)
)
def test_nothing_that_was_there_before_or_is_older_or_taken_is_ever_a_candidate(
    own: list[TicketFacts], listed: list[SeenAccount]
) -> None:
    found = may_have_made(own, listed, {"3"}, Evidence.POSSIBLE)
    for account, _ in found:
        assert account.account_id != "3"
        assert any(
            account.account_id not in ticket.not_made
            and (account.created_at is None or account.created_at >= ticket.issued_at - SKEW)
            for ticket in own
        )


@given(own=st.lists(tickets(), min_size=1, max_size=3), account=ACCOUNTS)
def test_an_account_that_a_return_names_is_a_candidate_whatever_its_name(
    own: list[TicketFacts], account: SeenAccount
) -> None:
    fits = [
        ticket
        for ticket in own
        if account.account_id in {ticket.named, *ticket.hinted}
        and account.account_id not in ticket.not_made
        and (account.created_at is None or account.created_at >= ticket.issued_at - SKEW)
    ]
    assert bool(may_have_made(own, [account], (), Evidence.HINTED)) == bool(fits)


@given(ours=tickets(), theirs=tickets(), account=ACCOUNTS)
def test_two_requests_never_both_get_an_account_without_a_person(
    ours: TicketFacts, theirs: TicketFacts, account: SeenAccount
) -> None:
    for ticket in (ours, theirs):
        if ticket.evidence(account) < Evidence.SAME_NAME:
            return
    both = [
        is_contested(account, [ours], [theirs]),
        is_contested(account, [theirs], [ours]),
    ]
    named_by_both = ours.named == theirs.named == account.account_id
    if named_by_both and ours.opened_at and theirs.opened_at:
        assert any(both)
    elif Evidence.NAMED not in (ours.evidence(account), theirs.evidence(account)):
        alive = [one for one in (ours, theirs) if not one.refused and one.existed(account)]
        assert any(both) or len(alive) < 2


def accepted(opened: int, returned: int, named: str) -> TicketFacts:
    return replace(
        TICKET, opened_at=NOW + opened * MINUTE, named=named, named_at=NOW + returned * MINUTE
    )


OTHER = SeenAccount("2", "Bakery", NOW + 2 * MINUTE)


def test_crossed_returns_of_two_requests_of_one_name_are_not_believed() -> None:
    first, second = accepted(1, 5, named="2"), accepted(2, 6, named="1")
    assert is_contested(OTHER, [first], [second])
    assert is_contested(MADE, [second], [first])


def test_returns_one_after_the_other_are_believed() -> None:
    first, second = accepted(1, 3, named="1"), accepted(4, 6, named="2")
    assert not is_contested(MADE, [first], [second])
    assert not is_contested(OTHER, [second], [first])


def test_a_rival_that_nobody_opened_cannot_have_made_what_our_return_names() -> None:
    rival = replace(TICKET, opened_at=None)
    assert not is_contested(MADE, [accepted(1, 3, named="1")], [rival])
    assert is_contested(MADE, [TICKET], [rival])


def test_what_google_refused_everywhere_was_made_by_somebody_else() -> None:
    assert is_contested(MADE, [replace(TICKET, refused=True)], [])
    assert not is_contested(MADE, [replace(TICKET, refused=True), TICKET], [])


@given(own=st.lists(tickets(), max_size=4), account=ACCOUNTS)
def test_the_maker_is_one_that_may_have_made_it(
    own: list[TicketFacts], account: SeenAccount
) -> None:
    place = maker_of(account, own)
    if place is not None:
        best = max(ticket.evidence(account) for ticket in own)
        assert own[place].evidence(account) > Evidence.NONE
        assert best < Evidence.HINTED or own[place].evidence(account) >= Evidence.HINTED


CANDIDATES = st.lists(
    st.builds(Candidate, ACCOUNTS, st.sampled_from(Evidence), st.booleans()),
    unique_by=lambda candidate: candidate.account_id,
    max_size=3,
)


@given(found=CANDIDATES, chosen=st.sampled_from(["", "1"]), named=st.sampled_from(["", "1", "2"]))
def test_nothing_contested_is_confirmed_but_by_a_person_and_nothing_found_is_dropped(
    found: list[Candidate], chosen: str, named: str
) -> None:
    verdict = read(found, chosen=chosen, named=named)
    by_id = {candidate.account_id: candidate for candidate in found}
    if verdict.reading is Reading.CONFIRM:
        assert verdict.account is not None
        confirmed = by_id[verdict.account.account_id]
        assert not confirmed.contested or confirmed.account_id == chosen
        assert not (chosen or named) or confirmed.account_id == (chosen or named)
    elif verdict.reading is Reading.NOTHING:
        assert not found
    elif verdict.reading is Reading.WAIT:
        assert (chosen or named) not in by_id
