"""What Google holds because of the portal, and what the portal knows of it."""

from collections.abc import Iterable
from uuid import UUID

from accounts.tenancy.scope import across_tenants
from provisioning.requests.models.account import ExtraAccount, ProvisionedAccount
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import FailureReason
from tests.emulator.thread import EmulatorThread
from tests.journeys import fresh


def made_at_google(google: EmulatorThread) -> set[str]:
    """The accounts that exist because somebody accepted a ticket of the portal."""
    return {one.account_id for one in google.state.tickets.values() if one.account_id}


def known_to_the_portal() -> dict[str, str]:
    """The accounts that the portal names to people, and as what."""
    with across_tenants():
        asked = ProvisioningRequest.objects.filter(failure=FailureReason.AMBIGUOUS)
        candidates = [one.account_id for row in asked for one in row.to_choose]
        claimed = ProvisionedAccount.objects.values_list("account_id", flat=True)
        besides = ExtraAccount.objects.values_list("account_id", flat=True)
        return {
            **dict.fromkeys(besides, "made besides"),
            **dict.fromkeys(candidates, "a candidate"),
            **dict.fromkeys(claimed, "the request's account"),
        }


def like_any_made_by_hand(google: EmulatorThread) -> set[str]:
    """Accounts that nothing tells from those that people make in Google Analytics itself.

    Google said of the ticket that it made nothing, nobody came back after it was accepted
    all the same, and the account has another name than the ticket.
    """
    with across_tenants():
        facts = {ticket.ticket_id: ticket.facts for ticket in AccountTicket.objects.all()}
    accounts = google.state.accounts
    return {
        ticket.account_id
        for ticket_id, ticket in google.state.tickets.items()
        if ticket.account_id
        and facts[ticket_id].refused
        and accounts[ticket.account_id].display_name != facts[ticket_id].name
    }


def described(lost: set[str], requests: Iterable[UUID], google: EmulatorThread) -> str:
    """What a person has to see to understand how accounts were lost."""
    lines = [f"lost at Google: {sorted(lost)}; known: {known_to_the_portal()}"]
    for pk in requests:
        row = fresh(pk)
        with across_tenants():
            tickets = list(row.tickets.order_by("created_at"))
            moves = list(row.moves.order_by("created_at", "pk"))
        lines.append(f"request “{row.account_name}” {row.status} {row.failure}: {row.problem}")
        lines += [f"  {move.created_at:%d %H:%M:%S} {move.new}: {move.reason}" for move in moves]
        for ticket in tickets:
            there = google.state.tickets[ticket.ticket_id]
            lines.append(f"  ticket {ticket.status}, at Google {there.status} {there.account_id}")
    return "\n".join(lines)
