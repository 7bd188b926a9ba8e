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


EXPIRES = TICKET.expires_at
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("created", "evidence"),
    [
        (TICKET.issued_at - SKEW - SECOND, Evidence.NONE),
        (TICKET.issued_at - SKEW, Evidence.SAME_NAME),
    ],
)
def test_what_is_older_than_the_ticket_by_more_than_clocks_differ_was_not_made_by_it(
    created: datetime, evidence: Evidence
) -> None:
    assert TICKET.evidence(replace(MADE, created_at=created)) is evidence


@pytest.mark.parametrize(
    ("created", "evidence"),
    [
        (NOW + MINUTE - SKEW - SECOND, Evidence.NONE),
        (NOW + MINUTE - SKEW, Evidence.POSSIBLE),
        (EXPIRES + SKEW, Evidence.POSSIBLE),
        (EXPIRES + SKEW + SECOND, Evidence.NONE),
        (None, Evidence.NONE),
    ],
)
def test_another_name_is_possible_only_while_the_terms_were_open(
    created: datetime | None, evidence: Evidence
) -> None:
    assert TICKET.evidence(replace(RENAMED, created_at=created)) is evidence


@pytest.mark.parametrize(
    ("created", "existed"),
    [
        (TICKET.issued_at - SKEW - SECOND, False),
        (TICKET.issued_at - SKEW, True),
        (EXPIRES + SKEW, True),
        (EXPIRES + SKEW + SECOND, False),
        # Google does not always say when an account was made.
        (None, True),
    ],
)
def test_a_ticket_existed_from_its_issue_to_its_end(
    created: datetime | None, *, existed: bool
) -> None:
    assert TICKET.existed(replace(MADE, created_at=created)) is existed


HINTING = replace(TICKET, hinted=frozenset("1"))
REFUSED = replace(TICKET, refused=True)
UNKNOWING = replace(TICKET, not_made=frozenset("1"))


def test_what_our_own_ticket_is_taken_to_have_made_is_not_contested() -> None:
    assert not is_contested(MADE, [replace(TICKET, made="1")], [TICKET, HINTING])


def test_tickets_that_cannot_have_made_it_do_not_speak_for_it() -> None:
    # The one that may have made it was refused; the other says nothing either way.
    assert is_contested(MADE, [REFUSED, UNKNOWING], [])


def test_what_a_stray_return_named_is_ours_only_under_the_name_that_we_asked_for() -> None:
    assert not is_contested(MADE, [HINTING], [])
    assert is_contested(RENAMED, [HINTING], [])
    # One of our tickets has its name.
    assert not is_contested(RENAMED, [HINTING, replace(HINTING, name="Renamed")], [])
    # A refused ticket that a stray return speaks for is not refused by what it says itself.
    assert not is_contested(MADE, [replace(HINTING, refused=True)], [])


def test_what_the_return_that_counted_named_may_have_another_name() -> None:
    assert not is_contested(RENAMED, [accepted(1, 3, named="1")], [])


@pytest.mark.parametrize(
    ("rival", "contests"),
    [
        (TICKET, True),
        (REFUSED, False),
        (replace(REFUSED, hinted=frozenset("1")), True),
        (UNKNOWING, False),
        (replace(TICKET, name="Other"), False),
        (HINTING, True),
        # It was over before the account was made, but a stray return of it names the account.
        (replace(TICKET, expires_at=NOW - 2 * SKEW), False),
        (replace(HINTING, expires_at=NOW - 2 * SKEW), True),
        (replace(TICKET, named="1", expires_at=NOW - 2 * SKEW), True),
    ],
)
def test_a_rival_of_the_same_name_or_with_a_return_contests(
    rival: TicketFacts, *, contests: bool
) -> None:
    assert is_contested(MADE, [TICKET], [rival]) is contests


@pytest.mark.parametrize(
    ("rival", "contests"),
    [
        # Opened in the very moment of our return: it may have made it.
        (replace(TICKET, opened_at=NOW + 3 * MINUTE), True),
        (replace(TICKET, opened_at=NOW + 3 * MINUTE + SECOND), False),
        # Its own return named another one before ours was opened, or later.
        (accepted(1, 1, named="2"), False),
        (accepted(1, 2, named="2"), True),
        (accepted(1, 4, named="2"), True),
        (replace(accepted(1, 1, named="2"), named_at=None), True),
        (accepted(1, 1, named="1"), True),
    ],
)
def test_a_rival_contests_what_our_return_names_unless_times_say_otherwise(
    rival: TicketFacts, *, contests: bool
) -> None:
    assert is_contested(MADE, [accepted(2, 3, named="1")], [rival]) is contests


def test_a_rival_has_to_fail_against_each_of_our_tickets_that_names_it() -> None:
    early, late = accepted(1, 2, named="1"), accepted(4, 5, named="1")
    between = replace(TICKET, opened_at=NOW + 3 * MINUTE)
    assert not is_contested(MADE, [early], [between])
    assert is_contested(MADE, [early, late], [between])
    named_another = accepted(1, 3, named="2")
    assert not is_contested(MADE, [late], [named_another])
    assert is_contested(MADE, [late, accepted(2, 5, named="1")], [named_another])


def test_of_a_ticket_of_ours_that_nobody_was_seen_to_open_no_order_is_known() -> None:
    ours = replace(TICKET, opened_at=None, named="1", named_at=NOW + 5 * MINUTE)
    assert is_contested(MADE, [ours], [accepted(1, 2, named="2")])


NAMER = replace(TICKET, named="1")


@pytest.mark.parametrize(
    ("tickets", "place"),
    [
        ([], None),
        ([UNKNOWING], None),
        ([TICKET], 0),
        ([UNKNOWING, TICKET], 1),
        ([TICKET, TICKET], None),
        # The best evidence decides, if only one ticket has it.
        ([TICKET, HINTING], 1),
        ([HINTING, TICKET, TICKET], 0),
        ([HINTING, NAMER], None),
        ([replace(TICKET, name="Other"), TICKET], 1),
        ([replace(TICKET, name="Other"), replace(TICKET, name="Other")], None),
        ([UNKNOWING, replace(TICKET, name="Other")], 1),
    ],
)
def test_the_maker_is_the_only_one_with_the_best_evidence(
    tickets: list[TicketFacts], place: int | None
) -> None:
    assert maker_of(MADE, tickets) == place


def test_with_no_tickets_nothing_is_possible() -> None:
    assert may_have_made([], [MADE], ()) == []


SURE, UNSURE = (Candidate(MADE, Evidence.SAME_NAME, contested=one) for one in (False, True))
SECOND_ONE = Candidate(OTHER, Evidence.SAME_NAME)


@pytest.mark.parametrize(
    ("found", "chosen", "named", "reading", "account"),
    [
        ([], "", "", Reading.NOTHING, None),
        ([SURE], "", "", Reading.CONFIRM, MADE),
        ([UNSURE], "", "", Reading.ASK, None),
        ([SURE, SECOND_ONE], "", "", Reading.ASK, None),
        ([SURE, SECOND_ONE], "", "2", Reading.CONFIRM, OTHER),
        ([UNSURE, SECOND_ONE], "", "1", Reading.ASK, None),
        ([UNSURE, SECOND_ONE], "1", "", Reading.CONFIRM, MADE),
        # A person's word is above what came back.
        ([SURE, SECOND_ONE], "1", "2", Reading.CONFIRM, MADE),
        ([SECOND_ONE], "", "1", Reading.WAIT, None),
        ([], "1", "", Reading.WAIT, None),
    ],
)
def test_what_follows_from_what_is_found(
    found: list[Candidate],
    chosen: str,
    named: str,
    reading: Reading,
    account: SeenAccount | None,
) -> None:
    verdict = read(found, chosen=chosen, named=named)
    assert (verdict.reading, verdict.account) == (reading, account)
