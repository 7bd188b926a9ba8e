"""What a request's tickets may have made, of what Google lists: facts from rows, weighed purely."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q

from provisioning.analytics.objects import SeenAccount
from provisioning.requests.candidates import (
    Candidate,
    Evidence,
    is_contested,
    maker_of,
    may_have_made,
)
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.unscoped import known_accounts, rival_tickets
from tokens.connections.models.connection import GoogleConnection


def tickets_through(
    request: ProvisioningRequest, connection: GoogleConnection | None
) -> list[AccountTicket]:
    """The tickets that this Google account got for the request, oldest first, with outcomes."""
    mine = Q(connection=connection) | Q(connection=None)
    rows = request.tickets.filter(mine).prefetch_related("outcomes").order_by("created_at")
    tickets = list(rows)
    for ticket in tickets:
        ticket.request = request
    return tickets


def candidates(
    request: ProvisioningRequest,
    connection: GoogleConnection | None,
    seen: Sequence[SeenAccount],
    *,
    at_least: Evidence = Evidence.SAME_NAME,
) -> list[Candidate]:
    """The accounts, `seen` through `connection`, that its tickets for the request may have made.

    Accounts that are known already are none of them: those that answer a request of any
    tenant, and those that were found besides.
    """
    own = [ticket.facts for ticket in tickets_through(request, connection)]
    new = may_have_made(own, seen, (), at_least)
    taken = known_accounts(request, [account.account_id for account, _ in new])
    return [
        Candidate(
            account,
            evidence,
            is_contested(account, own, rival_tickets(request, connection, account)),
        )
        for account, evidence in new
        if account.account_id not in taken
    ]


def settle(request: ProvisioningRequest, account: SeenAccount) -> None:
    """Write down, in the caller's transaction, which ticket made `account`, if it can be told."""
    tickets = tickets_through(request, request.connection)
    maker = maker_of(account, [ticket.facts for ticket in tickets])
    if maker is not None:
        note_made(tickets[maker], account)


def note_made(ticket: AccountTicket, account: SeenAccount) -> None:
    """Write down that `ticket` made `account`. Nothing more is expected of it, if a return says so.

    Where only the name tells, somebody may have made that one by hand, and the ticket's own
    be listed later: it is looked for as before.
    """
    changes: dict[str, Any] = {"made_account_id": account.account_id}
    if replace(ticket.facts, made=account.account_id).is_settled:
        changes["look_at"] = None
    AccountTicket.objects.filter(pk=ticket.pk).update(**changes)
