"""Which accounts at Google the tickets of a request may have made. Pure: no queries, no I/O.

Nothing tells for certain what a ticket made. A return from the terms page can be lost,
swapped, made up, or say `backend_error` although the account exists; Google may list an
account hours later, and people rename it meanwhile (contract §4.3). So what is known is
weighed here, in one place, for everything that has to decide: what to confirm, what to ask
a person about, whether another ticket may be asked for, and what was made besides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from provisioning.analytics.objects import SeenAccount

# How far Google's clock and ours may be apart.
SKEW = timedelta(minutes=10)


class Evidence(IntEnum):
    """How much says that a ticket made an account, weakest first."""

    NONE = 0
    # It appeared while the terms could be accepted, under another name.
    POSSIBLE = 1
    SAME_NAME = 2
    # A return that did not count named it: of another browser, or too late.
    HINTED = 3
    # The return that counted named it.
    NAMED = 4


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the portal knows of one ticket.

    Attributes:
        name: the account name that it was issued for.
        not_made: accounts that it certainly did not make: listed before it was issued, or
            ruled out by a person.
        opened_at: when its terms were first opened; nobody can have accepted before.
        named: the account that the return that counted named, and `named_at` when.
        hinted: the accounts that any other acceptance of it named.
        refused: Google said that nothing was created, and nothing said otherwise.
        made: the account that it is taken to have made. A ticket makes one at most. Unless a
            return named it, its name was all that told; another of that name may be the one.
    """

    name: str
    issued_at: datetime
    expires_at: datetime
    not_made: frozenset[str] = frozenset()
    opened_at: datetime | None = None
    named: str = ""
    named_at: datetime | None = None
    hinted: frozenset[str] = frozenset()
    refused: bool = False
    made: str = ""

    def evidence(self, account: SeenAccount) -> Evidence:
        """How much says that this ticket made `account`."""
        if account.account_id == self.made:
            return Evidence.NAMED
        if self.is_settled or self._cannot_have_made(account):
            return Evidence.NONE
        if account.account_id == self.named:
            return Evidence.NAMED
        if account.account_id in self.hinted:
            return Evidence.HINTED
        alike = account.name == self.name
        if alike and not self.made:
            return Evidence.SAME_NAME
        return Evidence.POSSIBLE if alike or self._was_open_for(account) else Evidence.NONE

    @property
    def is_settled(self) -> bool:
        """Whether a return named the account that it made, so that nothing more can come of it."""
        return bool(self.made) and self.made in {self.named, *self.hinted}

    def _cannot_have_made(self, account: SeenAccount) -> bool:
        if account.account_id in self.not_made:
            return True
        return account.created_at is not None and account.created_at < self.issued_at - SKEW

    def _was_open_for(self, account: SeenAccount) -> bool:
        if self.opened_at is None or self.refused or account.created_at is None:
            return False
        return self.opened_at - SKEW <= account.created_at <= self.expires_at + SKEW

    def existed(self, account: SeenAccount) -> bool:
        """Whether it could be accepted about when `account` was made."""
        if account.created_at is None:
            return True
        return self.issued_at - SKEW <= account.created_at <= self.expires_at + SKEW


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that a request's tickets may have made.

    `contested` says that something else may have made it as well, so that only a
    person can tell.
    """

    account: SeenAccount
    evidence: Evidence
    contested: bool = False

    @property
    def account_id(self) -> str:
        return self.account.account_id


def may_have_made(
    tickets: Sequence[TicketFacts],
    listed: Iterable[SeenAccount],
    taken: Iterable[str],
    at_least: Evidence = Evidence.SAME_NAME,
) -> list[tuple[SeenAccount, Evidence]]:
    """The `listed` accounts that one of `tickets` may have made, with the best evidence.

    Those that are `taken`, because they are known as something else's, are none of them.
    """
    known = frozenset(taken)
    weighed = [
        (account, max((ticket.evidence(account) for ticket in tickets), default=Evidence.NONE))
        for account in listed
        if account.account_id not in known
    ]
    return [(account, evidence) for account, evidence in weighed if evidence >= at_least]


def is_contested(
    account: SeenAccount, own: Sequence[TicketFacts], rivals: Iterable[TicketFacts]
) -> bool:
    """Whether something else than the tickets of its `own` request may have made `account`.

    That is a ticket of another request of the same Google account, or the person by hand:
    when Google said of every ticket that nothing was created, or when the id came by a
    return that did not count and the name is another one.
    """
    mine = [ticket for ticket in own if ticket.evidence(account) > Evidence.NONE]
    best = max((ticket.evidence(account) for ticket in mine), default=Evidence.NONE)
    if any(ticket.made == account.account_id for ticket in mine):
        return False
    if best < Evidence.HINTED and all(ticket.refused for ticket in mine):
        return True
    if best == Evidence.HINTED and all(ticket.name != account.name for ticket in mine):
        return True
    return any(_is_rival(rival, account, mine) for rival in rivals)


def _is_rival(rival: TicketFacts, account: SeenAccount, own: Sequence[TicketFacts]) -> bool:
    """Whether `rival`, another request's ticket, may have made `account` instead of our `own`.

    What a return names existed by then, by our own clock: a ticket that was opened later
    did not make it. And whose return named another account before ours was opened has
    made that one.
    """
    evidence = rival.evidence(account)
    if evidence < Evidence.SAME_NAME or (rival.refused and evidence < Evidence.HINTED):
        return False
    naming = [ticket for ticket in own if ticket.evidence(account) is Evidence.NAMED]
    if not naming:
        return evidence >= Evidence.HINTED or rival.existed(account)
    if rival.opened_at is None:
        return False
    for ours in naming:
        if ours.named_at is not None and rival.opened_at > ours.named_at:
            continue
        if _named_another_before(rival, account, ours):
            continue
        return True
    return False


def _named_another_before(rival: TicketFacts, account: SeenAccount, ours: TicketFacts) -> bool:
    if not rival.named or rival.named == account.account_id:
        return False
    if rival.named_at is None or ours.opened_at is None:
        return False
    return rival.named_at < ours.opened_at


def maker_of(account: SeenAccount, tickets: Sequence[TicketFacts]) -> int | None:
    """The place in `tickets` of the one that made `account`, if there is no other reading."""
    weighed = [(ticket.evidence(account), place) for place, ticket in enumerate(tickets)]
    named = [place for evidence, place in weighed if evidence >= Evidence.HINTED]
    alike = [place for evidence, place in weighed if evidence >= Evidence.SAME_NAME]
    possible = [place for evidence, place in weighed if evidence > Evidence.NONE]
    for places in (named, alike, possible):
        if places:
            return places[0] if len(places) == 1 else None
    return None


class Reading(StrEnum):
    """What follows from what Google lists."""

    CONFIRM = "confirm"
    ASK = "ask"
    WAIT = "wait"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows, and the account that is confirmed, if one is."""

    reading: Reading
    account: SeenAccount | None = None


def read(found: Sequence[Candidate], *, chosen: str = "", named: str = "") -> Verdict:
    """What follows from the candidates `found`.

    Args:
        found: what the tickets may have made, of what Google lists now.
        chosen: the account that a person said it is; that settles every contest.
        named: the account that the acceptance that counted named. It is waited for, since
            what came back is likelier to be listed late than to be wrong.
    """
    wanted = chosen or named
    exact = next((one for one in found if one.account_id == wanted), None) if wanted else None
    if exact is not None and (chosen or not exact.contested):
        return Verdict(Reading.CONFIRM, exact.account)
    if exact is None and wanted:
        return Verdict(Reading.WAIT)
    if len(found) == 1 and not found[0].contested:
        return Verdict(Reading.CONFIRM, found[0].account)
    return Verdict(Reading.ASK if found else Reading.NOTHING)
