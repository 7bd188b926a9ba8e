"""The person leaves for Google's terms, unless what they would accept exists already."""

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker, record
from accounts.users.models import User
from provisioning.analytics.google.backends import terms_url
from provisioning.analytics.google.quotas import LOOK
from provisioning.analytics.services.throttling import project_of, take_for_page
from provisioning.events import Event
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.failures import lose_connection
from provisioning.requests.services.looks import (
    GRACE,
    SLOWLY,
    earlier_tickets,
    expect,
    list_accounts,
    used_before,
)
from provisioning.requests.services.matching import candidates
from provisioning.requests.services.transitions import TooLate, change_status
from provisioning.requests.states import Status
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import ConnectionUnusable
from tokens.connections.services.oauth_flow import digest
from tokens.connections.states import ConnectionStatus


def leave_for_terms(
    request: ProvisioningRequest, *, user: User, session_key: str, actor: Actor
) -> str:
    """Look whether an earlier ticket has made the account, then note who leaves with this one.

    Returns the address of the terms, or "" when there is nothing to accept (any more): the
    ticket has ended, its Google account has to be connected again, or the account exists.

    Raises:
        GoogleError: Google could not be asked; nobody is sent to make a second account.
        TooLate: the request has moved meanwhile.
    """
    if request.status != Status.AWAITING_TERMS:
        return ""
    connection = request.connection
    if connection is None or connection.status != ConnectionStatus.ACTIVE:
        lose_connection(request)
        return ""
    made_in = _made_before(request, connection)
    if made_in is not None:
        change_status(
            request,
            Status.VERIFYING,
            reason="Google lists an account that an earlier ticket may have made",
            actor=by_worker(),
            due_at=timezone.now(),
            connection=made_in,
        )
        return ""
    return _open_terms(request, user=user, session_key=session_key, actor=actor)


def _made_before(
    request: ProvisioningRequest, connection: GoogleConnection
) -> GoogleConnection | None:
    """The Google account in which an earlier ticket has made something, if one has."""
    ticket = request.current_ticket()
    if ticket is None or not earlier_tickets(request, ticket):
        return None
    for through in [connection, *used_before(request)]:
        take_for_page(request.backend, project_of(through.client), through.sub, LOOK)
        try:
            seen = list_accounts(request, through)
        except ConnectionUnusable:
            if through == connection:
                lose_connection(request)
                raise TooLate(f"{request.pk} has lost its connection") from None
            continue
        if candidates(request, through, seen):
            return through
    return None


@transaction.atomic
def _open_terms(request: ProvisioningRequest, *, user: User, session_key: str, actor: Actor) -> str:
    row = ProvisioningRequest.objects.select_for_update().get(pk=request.pk)
    ticket = row.current_ticket()
    if ticket is None or row.status != Status.AWAITING_TERMS or not ticket.is_open:
        return ""
    ticket.opened_by, ticket.opened_session = user, digest(session_key)
    # The first time counts: nobody can have accepted before.
    ticket.opened_at = ticket.opened_at or timezone.now()
    ticket.save(update_fields=["opened_by", "opened_session", "opened_at"])
    expect(ticket, ticket.expires_at + GRACE, looks=SLOWLY)
    record(Event.TERMS_OPENED, actor, target=request)
    return terms_url(request.backend, ticket.ticket_id)
