"""What is known of accounts at Google that a request may have made. Pure: no queries, no I/O.

Google's word is the only source: what a browser brought back, what Google answered an error
to, and what nobody has looked for yet is unknown, and is said to be unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class AtGoogle(IntEnum):
    """What may exist because of one ticket, or of all of a request's, the least certain last."""

    # No ticket was ever shown to anybody, so nobody can have accepted one.
    NOTHING = 0
    # Google's page said so, and nothing said otherwise.
    REFUSED = 1
    # Looked for after its time: Google lists no account that it may be.
    NOT_LISTED = 2
    # It can still be accepted.
    OPEN = 3
    # It may have been accepted: an error, a lost return, a list that lags behind.
    UNKNOWN = 4


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """What the portal has seen of one ticket.

    Attributes:
        opened: somebody was sent to its terms.
        expires_at: until when Google takes an acceptance.
        refused: Google said that nothing was created, and nothing said otherwise.
        told: a return said that the terms were accepted, or that Google failed.
        looked_at: when Google last answered which accounts there are, if it did.
        looks_on: the portal will look again.
        settled: the account that it made is known.
    """

    opened: bool
    expires_at: datetime
    refused: bool = False
    told: bool = False
    looked_at: datetime | None = None
    looks_on: bool = False
    settled: bool = False

    def at_google(self, now: datetime) -> AtGoogle:
        """What may exist because of it, besides what is known."""
        if self.settled or not (self.opened or self.told or self.refused):
            return AtGoogle.NOTHING
        if self.refused:
            return AtGoogle.REFUSED
        looked = self.looked_at is not None and self.looked_at > self.expires_at
        if looked and not (self.told and self.looks_on):
            return AtGoogle.NOT_LISTED
        return AtGoogle.OPEN if not self.told and now <= self.expires_at else AtGoogle.UNKNOWN


_WORDS: dict[AtGoogle, str] = {
    AtGoogle.NOTHING: "Nothing was created at Google.",
    AtGoogle.REFUSED: "Google says that nothing was created.",
    AtGoogle.NOT_LISTED: "Google lists no new account so far.",
    AtGoogle.OPEN: "Google creates the account as soon as somebody accepts its terms.",
    AtGoogle.UNKNOWN: "Google may have created the account all the same.",
}
_LOOKS_ON = "The portal keeps looking for it, and shows here what it finds."


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of all tickets of a request together."""

    at_google: AtGoogle
    looks_on: bool

    @property
    def sentence(self) -> str:
        """The same, as people read it."""
        words = _WORDS[self.at_google]
        if self.looks_on and self.at_google >= AtGoogle.NOT_LISTED:
            return f"{words} {_LOOKS_ON}"
        return words


def known_of(tickets: Iterable[TicketRecord], now: datetime) -> Known:
    """What `tickets`, all of one request, leave uncertain."""
    rows = list(tickets)
    worst = max((ticket.at_google(now) for ticket in rows), default=AtGoogle.NOTHING)
    return Known(worst, any(ticket.looks_on for ticket in rows if not ticket.settled))
