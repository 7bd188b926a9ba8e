"""Accounts that Google made besides a request's own: written down, so that they are named."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from accounts.audit.recording import by_google, record
from provisioning.events import Event
from provisioning.requests.candidates import Candidate, Evidence, maker_of
from provisioning.requests.models.account import ExtraAccount
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.matching import note_made, tickets_through
from tokens.connections.models.connection import GoogleConnection


def record_extras(
    request: ProvisioningRequest,
    connection: GoogleConnection | None,
    found: Iterable[Candidate],
) -> None:
    """Write down that tickets of `request` have made what was `found` through `connection`.

    Inside the caller's transaction. What another request writes down in the same moment
    is known by that.
    """
    tickets = tickets_through(request, connection)
    for candidate in found:
        _record(request, tickets, candidate)


def _record(
    request: ProvisioningRequest, tickets: list[AccountTicket], candidate: Candidate
) -> None:
    account = candidate.account
    facts = [ticket.facts for ticket in tickets]
    maker = maker_of(account, facts)
    likeliest = max(range(len(facts)), key=lambda place: facts[place].evidence(account))
    try:
        with transaction.atomic():
            row = ExtraAccount.objects.create(
                tenant_id=request.tenant_id,
                request=request,
                ticket=tickets[likeliest if maker is None else maker],
                account_id=account.account_id,
                account_name=account.name[:200],
                made_at=account.created_at,
                certain=not candidate.contested and candidate.evidence > Evidence.POSSIBLE,
            )
    except IntegrityError:
        return
    if maker is not None:
        note_made(tickets[maker], account)
    record(Event.ACCOUNT_FOUND_BESIDES, by_google(), target=row, account_id=row.account_id)
