"""What people come back with from Google's terms.

A return is a plain GET that anybody can make (contract §4.3). It counts only
when it names a ticket of a tenant that the person belongs to, in the browser
session that left with this ticket, and when it is the first. Even then it sets
nothing but the request's state: ids come from Google's API. Whatever else comes back
is kept, and is a reason to look at Google now.
"""

import hmac
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, by_google, record
from accounts.users.models import User
from provisioning.events import Event
from provisioning.requests.models.attempt import (
    AccountTicket,
    AttemptResult,
    TicketStatus,
    TosOutcome,
)
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.attempts import end_attempt
from provisioning.requests.services.looks import SLOWLY, expect
from provisioning.requests.services.tickets import retry_later
from provisioning.requests.services.transitions import change_status
from provisioning.requests.states import Status, may_change
from provisioning.requests.tos import NOTHING_CREATED, Outcome, TermsReturn
from tokens.connections.services.oauth_flow import digest
from tokens.google.retry import LOOKS

# Of one ticket and kind. Returns can be made up: without a limit they would fill the table, and
# with one alone a made-up return would keep the true one out.
_MOST_IGNORED = 10


@dataclass(frozen=True, slots=True)
class ReturnVerdict:
    """What became of a return: whether it counted, and if not, why."""

    request: ProvisioningRequest
    counted: bool
    ignored_because: str = ""
    # The browser delivered once more what counted the first time.
    repeated: bool = False


def take_return(
    ticket: AccountTicket, back: TermsReturn, *, user: User, session_key: str, actor: Actor
) -> ReturnVerdict:
    """Take what the browser brought back for `ticket`, one return of a request at a time.

    A return in another session is no fact, though its person is a member who may act.
    """
    if not hmac.compare_digest(ticket.opened_session, digest(session_key)):
        return _elsewhere(ticket, back, user, actor)
    return _count(ticket, back, user, actor)


def _counted_before(ticket: AccountTicket, back: TermsReturn, user: User) -> bool:
    """Whether this very answer has counted already, brought by the same person."""
    return ticket.outcomes.filter(
        kind=back.outcome.value,
        reported_account_id=back.account_id,
        reported_property_id=back.property_id,
        reported_view_id=back.view_id,
        counted=True,
        user=user,
    ).exists()


@transaction.atomic
def _elsewhere(ticket: AccountTicket, back: TermsReturn, user: User, actor: Actor) -> ReturnVerdict:
    _locked(ticket)
    return _ignored(ticket, back, user, actor, "It came back in another browser session.")


@transaction.atomic
def _count(ticket: AccountTicket, back: TermsReturn, user: User, actor: Actor) -> ReturnVerdict:
    """Decide with the request locked: returns of one request are taken one after the other."""
    request = _locked(ticket)
    if ticket.outcomes.filter(counted=True).exists():
        if _counted_before(ticket, back, user):
            return ReturnVerdict(request, counted=False, repeated=True)
        return _ignored(ticket, back, user, actor, "This ticket was answered before.")
    if not may_change(Status(request.status), _LEADS_TO[back.outcome]):
        why = f"The request is “{request.get_status_display()}” already."
        return _ignored(ticket, back, user, actor, why)
    if ticket.status == TicketStatus.DISOWNED:
        why = "A new ticket was asked for instead of this one."
        return _ignored(ticket, back, user, actor, why)
    if back.outcome is not Outcome.ACCEPTED and ticket.status != TicketStatus.OPEN:
        return _ignored(ticket, back, user, actor, "This ticket is closed.")
    TosOutcome.objects.create(
        tenant_id=ticket.tenant_id,
        ticket=ticket,
        kind=back.outcome.value,
        reported_account_id=back.account_id,
        reported_property_id=back.property_id,
        reported_view_id=back.view_id,
        counted=True,
        user=user,
    )
    record(Event.TERMS_RETURNED, actor, target=request, outcome=back.outcome.value)
    _expect_of_all(ticket, back.outcome)
    _apply(request, ticket, back.outcome)
    return ReturnVerdict(request, counted=True)


def _expect_of_all(ticket: AccountTicket, outcome: Outcome) -> None:
    """When to look what this ticket has made, and what the request's earlier ones have.

    What was accepted is verified by the request's own steps, and looked for slowly when
    they give up. After `backend_error` nobody knows, so the looks begin at once. After the
    two others Google has made nothing; the ticket is looked at once more when its time is over.
    """
    now = timezone.now()
    if outcome is Outcome.ACCEPTED:
        expect(ticket, now + LOOKS.quick, looks=SLOWLY)
    elif outcome is Outcome.BACKEND_ERROR:
        expect(ticket, now)
    AccountTicket.objects.filter(
        request=ticket.request_id, made_account_id="", look_at__gt=now
    ).exclude(pk=ticket.pk).update(look_at=now)


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
        change_status(
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
    reason = f"Google answered {outcome.value}: it says that nothing was created"
    change_status(request, _LEADS_TO[outcome], reason=reason, actor=by_google(), attempt=attempt)


def _ignored(
    ticket: AccountTicket, back: TermsReturn, user: User, actor: Actor, why: str
) -> ReturnVerdict:
    """Keep what did not count, once for each account that it reports, and look at Google soon.

    The caller has locked the request. Nothing is looked for twice over the same return.
    """
    kept = ticket.outcomes.filter(kind=back.outcome.value, counted=False)
    reported = list(kept.values_list("reported_account_id", flat=True))
    new = back.account_id not in reported and len(reported) < _MOST_IGNORED
    if new:
        TosOutcome.objects.create(
            tenant_id=ticket.tenant_id,
            ticket=ticket,
            kind=back.outcome.value,
            counted=False,
            reported_account_id=back.account_id,
            ignored_because=why[:100],
            user=user,
        )
        record(Event.TERMS_RETURN_IGNORED, actor, target=ticket.request, why=why)
        if not ticket.facts.is_settled:
            refused = back.outcome in NOTHING_CREATED
            expect(ticket, timezone.now(), looks=ticket.looks if refused else 0)
    return ReturnVerdict(ticket.request, counted=False, ignored_because=why)
