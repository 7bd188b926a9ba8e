"""What Google's terms page sends back: parsed, never believed.

The return is a plain GET that anybody can forge (contract §4.3): it carries no
state and no signature. This module only decides whether the query *could* be an
answer and what it then reports; `services/terms.py` decides whether it counts.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.http import QueryDict


class Outcome(StrEnum):
    """What a return reports. The three errors are Google's own words."""

    ACCEPTED = "accepted"
    USER_CANCEL = "user_cancel"
    MAX_ACCOUNTS_REACHED = "max_accounts_reached"
    BACKEND_ERROR = "backend_error"


# After these Google has certainly made no account; after `backend_error` nobody knows.
NOTHING_CREATED = frozenset({Outcome.USER_CANCEL, Outcome.MAX_ACCOUNTS_REACHED})


@dataclass(frozen=True, slots=True)
class TermsReturn:
    """A well-formed return: its ticket, its outcome, and what it reports as made, if anything.

    A v3 ticket brings property and view with the account; a GA4 one never does.
    """

    ticket_id: str
    outcome: Outcome
    account_id: str
    property_id: str = ""
    view_id: str = ""


class MalformedReturn(ValueError):
    """The query cannot be an answer from Google's terms page."""


_TICKET = re.compile(r"[A-Za-z0-9._~-]{8,255}", re.ASCII)
_ACCOUNT = re.compile(r"[0-9]{1,20}", re.ASCII)
_PROPERTY = re.compile(r"UA-[0-9]{1,20}-[0-9]{1,4}", re.ASCII)
_READ = ("accountTicketId", "accountId", "webPropertyId", "profileId", "error")


def parse_return(query: QueryDict) -> TermsReturn:
    """Read a return from the query of its URL.

    Unknown parameters are ignored, as Google may add some. A parameter that
    stands twice, an unknown error code, an error together with an account, or
    anything that is not shaped like an id is refused.

    Raises:
        MalformedReturn: naming the first thing that is wrong.
    """
    for name in _READ:
        if len(query.getlist(name)) > 1:
            raise MalformedReturn(f"{name} stands more than once")
    ticket, account, prop, view, error = (query.get(name, "") for name in _READ)
    if not _TICKET.fullmatch(ticket):
        raise MalformedReturn("accountTicketId is missing or not a ticket id")
    if error and (account or prop or view):
        raise MalformedReturn("an error and what was created exclude each other")
    if error:
        return TermsReturn(ticket, _error_outcome(error), "")
    if account and not _ACCOUNT.fullmatch(account):
        raise MalformedReturn("accountId is not a number")
    if prop and not _PROPERTY.fullmatch(prop):
        raise MalformedReturn("webPropertyId is not a web property's id")
    if view and not _ACCOUNT.fullmatch(view):
        raise MalformedReturn("profileId is not a number")
    return TermsReturn(ticket, Outcome.ACCEPTED, account, prop, view)


def _error_outcome(error: str) -> Outcome:
    if error == Outcome.ACCEPTED or error not in set(Outcome):
        raise MalformedReturn("error is not one of Google's codes")
    return Outcome(error)
