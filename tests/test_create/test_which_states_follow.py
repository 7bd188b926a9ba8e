"""Which state may follow which, and what a worker leads a request out of."""

import pytest

from provisioning.requests.states import ENDED, Status, may_change, worked_on

S = Status


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (S.DRAFT, S.AUTHORIZING, True),
        (S.QUEUED, S.REQUESTING, True),
        (S.AWAITING_TERMS, S.VERIFYING, True),
        (S.COMPLETED, S.CONFIGURING, True),
        # Nothing is made that no ticket was asked for, and nothing made is thrown away.
        (S.REQUESTING, S.COMPLETED, False),
        (S.DRAFT, S.AWAITING_TERMS, False),
        (S.COMPLETED, S.QUEUED, False),
        (S.COMPLETED, S.CANCELLED, False),
        (S.CONFIGURING, S.QUEUED, False),
    ],
)
def test_a_state_follows_only_where_it_may(old: Status, new: Status, *, allowed: bool) -> None:
    assert may_change(old, new) is allowed


@pytest.mark.parametrize("new", Status)
def test_nothing_follows_a_cancel(new: Status) -> None:
    assert not may_change(S.CANCELLED, new)


def test_a_worker_leads_out_of_these_and_never_out_of_an_end() -> None:
    assert worked_on() == {
        S.QUEUED,
        S.REQUESTING,
        S.VERIFYING,
        S.CONFIGURING,
        S.WAITING_RETRY,
    }
    assert not worked_on() & ENDED
