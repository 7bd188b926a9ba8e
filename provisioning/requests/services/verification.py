"""Verifying → configuring: the account becomes a fact when Google's API lists it.

What the browser brought back is only a hint, and so is what a person chose. An
account counts when the connection's own token sees it and `candidates` finds no
other reading of the facts; where there is one, a person is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit.recording import by_google, by_worker, record
from provisioning.analytics.google.quotas import LOOK
from provisioning.analytics.objects import SeenAccount
from provisioning.events import Event
from provisioning.requests.candidates import Candidate, Evidence, Reading, read
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.attempt import (
    AccountTicket,
    AttemptResult,
    TicketStatus,
    TosOutcome,
)
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.attempts import end_attempt
from provisioning.requests.services.extras import record_extras
from provisioning.requests.services.failures import (
    fail,
    lose_connection,
    reach_limit,
    retry_at,
    wait_or_fail,
)
from provisioning.requests.services.leases import postpone
from provisioning.requests.services.looks import GRACE, list_accounts
from provisioning.requests.services.matching import candidates, settle
from provisioning.requests.services.setup import plan
from provisioning.requests.services.throttling import may_call
from provisioning.requests.services.transitions import change_status
from provisioning.requests.states import FailureReason, Status
from provisioning.requests.tos import Outcome
from tokens.connections.services.access_token import ConnectionUnusable
from tokens.connections.states import ConnectionStatus
from tokens.google.errors import GoogleError
from tokens.google.retry import LOOKS, VISIBILITY


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The ticket in question, and what came back for it, if anything did."""

    ticket: AccountTicket
    outcome: TosOutcome | None

    @property
    def reported(self) -> str:
        """The account id that the browser brought back, if any."""
        return self.outcome.reported_account_id if self.outcome else ""


@dataclass(frozen=True, slots=True)
class Look:
    """What Google lists, and what of it the request's tickets may have made."""

    seen: Sequence[SeenAccount]
    found: list[Candidate]
    # With the accounts of other names that appeared in the tickets' time.
    possible: list[Candidate]


def check_terms(request: ProvisioningRequest) -> None:
    """The ticket's time is over and nobody came back: look whether it was accepted all the same.

    Without its connection nothing can be looked at, nor may anybody be sent to the terms.
    """
    connection = request.connection
    if connection is not None and connection.status != ConnectionStatus.ACTIVE:
        lose_connection(request)
        return
    change_status(
        request,
        Status.VERIFYING,
        reason="The ticket's time is over; the portal looks at Google for the account",
        actor=by_worker(),
        due_at=timezone.now(),
    )


def verify(request: ProvisioningRequest) -> None:
    """Look for the account with the connection's own token, and act on what is there."""
    acceptance = acceptance_of(request)
    if request.connection is None or acceptance is None:
        fail(request, FailureReason.NOT_CONFIRMED, "There is no ticket to verify.")
        return
    if not may_call(request, LOOK):
        return
    try:
        seen = list_accounts(request, request.connection)
    except ConnectionUnusable:
        lose_connection(request)
    except GoogleError as error:
        wait_or_fail(request, error, LOOKS)
    else:
        _decide(request, acceptance, _look(request, seen))


def acceptance_of(request: ProvisioningRequest) -> Acceptance | None:
    """The accepted ticket of a request, else its newest one."""
    accepted = (
        TosOutcome.objects.filter(
            ticket__request=request, counted=True, kind=Outcome.ACCEPTED.value
        )
        .exclude(ticket__status=TicketStatus.DISOWNED)
        .select_related("ticket")
        .last()
    )
    if accepted is not None:
        return Acceptance(accepted.ticket, accepted)
    ticket = request.current_ticket()
    return None if ticket is None else Acceptance(ticket, None)


def _look(request: ProvisioningRequest, seen: Sequence[SeenAccount]) -> Look:
    possible = candidates(request, request.connection, seen, at_least=Evidence.POSSIBLE)
    found = [one for one in possible if one.evidence >= Evidence.SAME_NAME]
    return Look(seen, found, possible)


def _decide(request: ProvisioningRequest, acceptance: Acceptance, look: Look) -> None:
    chosen = request.chosen_account_id
    verdict = read(
        look.possible if chosen else look.found, chosen=chosen, named=acceptance.reported
    )
    if verdict.account is not None:
        _confirm(request, verdict.account, look)
    elif verdict.reading is Reading.ASK:
        # Whoever is asked at all sees those of other names too: it may have been renamed.
        _ask_which(request, look.possible)
    elif acceptance.outcome is None and not chosen:
        _nothing_yet(request, acceptance.ticket, look)
    else:
        _not_listed_yet(request, look)


def _ask_which(request: ProvisioningRequest, found: Sequence[Candidate]) -> None:
    fail(
        request,
        FailureReason.AMBIGUOUS,
        _question(request, found),
        candidates=[_as_json(one.account) for one in found],
        chosen_account_id="",
    )


def _question(request: ProvisioningRequest, found: Sequence[Candidate]) -> str:
    name = request.account_name
    namesakes = sum(candidate.account.name == name for candidate in found)
    if not namesakes:
        which = "one that it may be" if len(found) == 1 else f"{len(found)} that it may be"
        return f"Google lists no new account named “{name}”, but {which}."
    if len(found) == 1:
        return f"Google lists a new account named “{name}” that may also belong to another request."
    if namesakes == len(found):
        which = f"{len(found)} new accounts named “{name}”"
    else:
        which = f"{len(found)} new accounts that it may be, {namesakes} of them named “{name}”"
    return f"Google lists {which}, and the portal does not guess."


def _as_json(account: SeenAccount) -> dict[str, str]:
    created = account.created_at.isoformat() if account.created_at else ""
    return {"account_id": account.account_id, "name": account.name, "created_at": created}


def _confirm(request: ProvisioningRequest, account: SeenAccount, look: Look) -> None:
    others = [one for one in look.found if one.account_id != account.account_id]
    try:
        _store(request, account, [one for one in others if not one.contested])
    except IntegrityError:
        # Another request took this very account between our look and our write.
        _not_listed_yet(request, Look(look.seen, others, look.possible))


@transaction.atomic
def _store(
    request: ProvisioningRequest, account: SeenAccount, besides: Sequence[Candidate]
) -> None:
    row = ProvisionedAccount.objects.create(
        tenant_id=request.tenant_id,
        request=request,
        account_id=account.account_id,
        account_name=account.name,
        verified_at=timezone.now(),
    )
    plan(request)
    settle(request, account)
    record_extras(request, request.connection, besides)
    attempt = end_attempt(request, AttemptResult.ACCEPTED)
    record(Event.ACCOUNT_VERIFIED, by_google(), target=row, account_id=row.account_id)
    change_status(
        request,
        Status.CONFIGURING,
        reason=f"Google's API confirms account {account.account_id}",
        actor=by_google(),
        attempt=attempt,
        due_at=timezone.now(),
    )


def _not_listed_yet(request: ProvisioningRequest, look: Look) -> None:
    """Look again later; at last ask about what was found that others than the named one are.

    The ticket's own clock goes on after that, so what comes later is found as well.
    """
    until = retry_at(VISIBILITY, request.tries + 1)
    if until is not None:
        postpone(request, until, "Google does not list the new account yet.")
    elif look.possible:
        _ask_which(request, look.possible)
    else:
        fail(
            request,
            FailureReason.NOT_CONFIRMED,
            "The terms came back as accepted, but Google has listed no matching account so far.",
            chosen_account_id="",
        )


@transaction.atomic
def _nothing_yet(request: ProvisioningRequest, ticket: AccountTicket, look: Look) -> None:
    if ticket.status == TicketStatus.OPEN and timezone.now() < ticket.expires_at + GRACE:
        open_still = ticket.is_open
        change_status(
            request,
            Status.AWAITING_TERMS,
            reason="Google lists no new account; "
            + ("the ticket can still be accepted" if open_still else "the portal looks once more"),
            actor=by_worker(),
            due_at=ticket.expires_at if open_still else ticket.expires_at + GRACE,
            problem="Google lists no new account yet.",
        )
        return
    limit, listed = settings.GOOGLE_ACCOUNT_LIMIT, len(look.seen)
    unexplained = [one for one in look.possible if not one.contested]
    if limit and listed >= limit:
        _full_without_a_return(request, listed)
    elif unexplained:
        _ask_which(request, unexplained)
    else:
        attempt = end_attempt(request, AttemptResult.NO_RETURN)
        change_status(
            request,
            Status.EXPIRED,
            reason="Nobody accepted the terms in time; Google lists no new account",
            actor=by_worker(),
            attempt=attempt,
        )


def _full_without_a_return(request: ProvisioningRequest, listed: int) -> None:
    """At the limit Google's terms page shows an error and sends nobody back."""
    reach_limit(
        request,
        f"Nobody came back from Google's terms. Google lists {listed} Analytics accounts for "
        f"this Google account, and allows {settings.GOOGLE_ACCOUNT_LIMIT}.",
    )
