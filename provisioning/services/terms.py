"""The person leaves for Google's terms, and what they come back with.

A return is a plain GET that anybody can make (contract §4.3). It counts only
when it names a ticket of a tenant that the person belongs to, in the browser
session that left with this ticket, and when it is the first. Even then it sets
nothing but the request's state: ids come from Google's API.
"""

import hmac
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor, by_google, record
from accounts.models import User
from provisioning.events import Event
from provisioning.google.dialects import terms_url
from provisioning.models import AccountTicket, ProvisioningRequest, TosOutcome
from provisioning.models.attempt import AttemptResult, TicketStatus
from provisioning.services.attempts import end_attempt
from provisioning.services.moves import move
from provisioning.services.tickets import retry_later
from provisioning.states import Status, may_move
from provisioning.tos import Outcome, TermsReturn
from tokens.services.connect import digest


@dataclass(frozen=True, slots=True)
class ReturnVerdict:
    """What became of a return: whether it counted, and if not, why."""

    request: ProvisioningRequest
    counted: bool
    ignored_because: str = ""
    # The browser delivered once more what counted the first time.
    repeated: bool = False


@transaction.atomic
def open_terms(request: ProvisioningRequest, *, user: User, session_key: str, actor: Actor) -> str:
    """Note who leaves with the ticket; returns the address of the terms, or "" if it has ended."""
    ticket = request.current_ticket()
    if ticket is None or request.status != Status.AWAITING_TERMS or not ticket.is_open:
        return ""
    ticket.opened_by, ticket.opened_session = user, digest(session_key)
    ticket.opened_at = timezone.now()
    ticket.save(update_fields=["opened_by", "opened_session", "opened_at"])
    record(Event.TERMS_OPENED, actor, target=request)
    return terms_url(request.dialect, ticket.ticket_id)


def take_return(
    ticket: AccountTicket, back: TermsReturn, *, user: User, session_key: str, actor: Actor
) -> ReturnVerdict:
    """Take what the browser brought back for `ticket`."""
    if not hmac.compare_digest(ticket.opened_session, digest(session_key)):
        return _ignored(ticket, back, user, actor, "It came back in another browser session.")
    return _count(ticket, back, user, actor)


def _counted_before(ticket: AccountTicket, back: TermsReturn, user: User) -> bool:
    """Whether this very answer has counted already, brought by the same person."""
    return ticket.outcomes.filter(
        kind=back.outcome.value,
        claimed_account_id=back.account_id,
        claimed_property_id=back.property_id,
        claimed_view_id=back.view_id,
        counted=True,
        user=user,
    ).exists()


@transaction.atomic
def _count(ticket: AccountTicket, back: TermsReturn, user: User, actor: Actor) -> ReturnVerdict:
    """Decide with the request locked: returns of one request are taken one after the other."""
    request = _locked(ticket)
    if ticket.outcomes.filter(counted=True).exists():
        if _counted_before(ticket, back, user):
            return ReturnVerdict(request, counted=False, repeated=True)
        return _ignored(ticket, back, user, actor, "This ticket was answered before.")
    if not may_move(Status(request.status), _LEADS_TO[back.outcome]):
        why = f"The request is “{request.get_status_display()}” already."
        return _ignored(ticket, back, user, actor, why)
    if ticket.status == TicketStatus.DISOWNED:
        why = "Somebody chose a new ticket instead of the accounts found."
        return _ignored(ticket, back, user, actor, why)
    if back.outcome is not Outcome.ACCEPTED and ticket.status != TicketStatus.OPEN:
        return _ignored(ticket, back, user, actor, "This ticket is closed.")
    TosOutcome.objects.create(
        tenant_id=ticket.tenant_id,
        ticket=ticket,
        kind=back.outcome.value,
        claimed_account_id=back.account_id,
        claimed_property_id=back.property_id,
        claimed_view_id=back.view_id,
        counted=True,
        user=user,
    )
    record(Event.TERMS_RETURNED, actor, target=request, outcome=back.outcome.value)
    _apply(request, ticket, back.outcome)
    return ReturnVerdict(request, counted=True)


def _locked(ticket: AccountTicket) -> ProvisioningRequest:
    """The ticket's request and the ticket itself, as they are now, until the transaction ends."""
    rows = ProvisioningRequest.objects.select_related("tenant")
    request = rows.select_for_update(of=("self",)).get(pk=ticket.request_id)
    ticket.refresh_from_db()
    ticket.request = request
    return request


_LEADS_TO: dict[Outcome, Status] = {
    Outcome.ACCEPTED: Status.VERIFYING,
    Outcome.USER_CANCEL: Status.DECLINED,
    Outcome.MAX_ACCOUNTS_REACHED: Status.LIMIT_REACHED,
    Outcome.BACKEND_ERROR: Status.WAITING_RETRY,
}


def _apply(request: ProvisioningRequest, ticket: AccountTicket, outcome: Outcome) -> None:
    if outcome is Outcome.BACKEND_ERROR:
        sentence = "Google answered backend_error on its terms page."
        retry_later(request, AttemptResult.BACKEND_ERROR, sentence, outcome.value)
        return
    if outcome is Outcome.ACCEPTED:
        reason = "Google's page says that the terms were accepted; not verified yet"
        move(
            request,
            Status.VERIFYING,
            reason=reason,
            actor=by_google(),
            due_at=timezone.now(),
            # A late answer to a ticket of a Google account that was changed meanwhile.
            connection=ticket.connection or request.connection,
        )
        return
    attempt = end_attempt(request, AttemptResult(outcome.value))
    reason = f"Google answered {outcome.value}: nothing was created"
    move(request, _LEADS_TO[outcome], reason=reason, actor=by_google(), attempt=attempt)


def _ignored(
    ticket: AccountTicket, back: TermsReturn, user: User, actor: Actor, why: str
) -> ReturnVerdict:
    """Keep what did not count, once for each ticket and kind, and change nothing else."""
    with transaction.atomic():
        _, new = TosOutcome.objects.get_or_create(
            ticket=ticket,
            kind=back.outcome.value,
            counted=False,
            defaults={
                "tenant_id": ticket.tenant_id,
                "claimed_account_id": back.account_id,
                "ignored_because": why[:100],
                "user": user,
            },
        )
        if new:
            record(Event.TERMS_RETURN_IGNORED, actor, target=ticket.request, why=why)
    return ReturnVerdict(ticket.request, counted=False, ignored_because=why)
