"""Verifying → configuring: the account becomes a fact when Google's API lists it.

What the browser brought back is only a hint, and so is what a person chose. An
account counts when the connection's own token sees it and `matching` finds no
other reading of the facts; where there is one, a person is asked.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit import by_google, by_worker, record
from provisioning.events import Event
from provisioning.google.dialect import SeenAccount
from provisioning.google.dialects import open_dialect
from provisioning.google.quotas import LOOK
from provisioning.models import (
    AccountTicket,
    ProvisionedAccount,
    ProvisioningRequest,
    TosOutcome,
)
from provisioning.models.attempt import AttemptResult, TicketStatus
from provisioning.services.attempts import end_attempt
from provisioning.services.leases import postpone
from provisioning.services.matching import is_contested, matches
from provisioning.services.moves import move
from provisioning.services.pacing import heed, may_call, owe_pages
from provisioning.services.setbacks import (
    fail,
    lose_connection,
    reach_limit,
    retry_at,
    wait_or_fail,
)
from provisioning.services.setup import plan
from provisioning.services.tickets import subject_of
from provisioning.states import FailureReason, Status
from provisioning.tos import Outcome
from tokens.google.errors import GoogleError
from tokens.retry import VISIBILITY
from tokens.services.access import ConnectionUnusable, with_access

# What was accepted in a ticket's last seconds may be listed a little later.
GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The ticket in question, and what came back for it, if anything did."""

    ticket: AccountTicket
    outcome: TosOutcome | None

    @property
    def claimed(self) -> str:
        """The account id that the browser brought back, if any."""
        return self.outcome.claimed_account_id if self.outcome else ""


def check_terms(request: ProvisioningRequest) -> None:
    """The ticket's time is over and nobody came back: look whether it was accepted all the same."""
    move(
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

    def look(token: str) -> list[SeenAccount]:
        return open_dialect(request.dialect, token, subject_of(request)).accounts()

    try:
        seen = with_access(request.connection, look)
    except ConnectionUnusable:
        lose_connection(request)
    except GoogleError as error:
        heed(request, error, LOOK)
        wait_or_fail(request, error, VISIBILITY)
    else:
        owe_pages(request, len(seen))
        _decide(request, acceptance, seen)


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


def _decide(request: ProvisioningRequest, acceptance: Acceptance, seen: list[SeenAccount]) -> None:
    found = matches(request, seen)
    named = request.chosen_account_id or acceptance.claimed
    if named:
        exact = next((one for one in found if one.account_id == named), None)
        _confirm(request, exact, found) if exact else _not_listed_yet(request, found)
    elif len(found) == 1 and not is_contested(request, found[0]):
        _confirm(request, found[0], found)
    elif found:
        _ask_which(request, found)
    elif acceptance.outcome is None:
        _nothing_yet(request, acceptance.ticket, len(seen))
    else:
        _not_listed_yet(request, found)


def _ask_which(request: ProvisioningRequest, found: list[SeenAccount]) -> None:
    name = request.account_name
    fail(
        request,
        FailureReason.AMBIGUOUS,
        f"Google lists {len(found)} new accounts named “{name}”, and the portal does not guess."
        if len(found) > 1
        else f"Google lists a new account named “{name}” that may also belong to another request.",
        candidates=[_candidate(account) for account in found],
        chosen_account_id="",
    )


def _candidate(account: SeenAccount) -> dict[str, str]:
    created = account.created_at.isoformat() if account.created_at else ""
    return {"account_id": account.account_id, "name": account.name, "created_at": created}


def _confirm(request: ProvisioningRequest, account: SeenAccount, found: list[SeenAccount]) -> None:
    try:
        _store(request, account)
    except IntegrityError:
        # Another request took this very account between our look and our write.
        _not_listed_yet(request, [other for other in found if other is not account])


@transaction.atomic
def _store(request: ProvisioningRequest, account: SeenAccount) -> None:
    row = ProvisionedAccount.objects.create(
        tenant_id=request.tenant_id,
        request=request,
        account_id=account.account_id,
        account_name=account.name,
        verified_at=timezone.now(),
    )
    plan(request)
    attempt = end_attempt(request, AttemptResult.ACCEPTED)
    record(Event.ACCOUNT_VERIFIED, by_google(), target=row, account_id=row.account_id)
    move(
        request,
        Status.CONFIGURING,
        reason=f"Google's API confirms account {account.account_id}",
        actor=by_google(),
        attempt=attempt,
        due_at=timezone.now(),
    )


def _not_listed_yet(request: ProvisioningRequest, found: list[SeenAccount]) -> None:
    """Look again later; at last ask about the `found` that others than the named one are."""
    sentence = "Google does not list the new account yet."
    until = retry_at(VISIBILITY, request.tries + 1)
    if until is None and found:
        _ask_which(request, found)
    elif until is None:
        fail(
            request,
            FailureReason.NOT_CONFIRMED,
            "The terms came back as accepted, but Google never listed a matching account.",
            chosen_account_id="",
        )
    else:
        postpone(request, until, sentence)


@transaction.atomic
def _nothing_yet(request: ProvisioningRequest, ticket: AccountTicket, listed: int) -> None:
    if ticket.status == TicketStatus.OPEN and timezone.now() < ticket.expires_at + GRACE:
        open_still = ticket.is_open
        move(
            request,
            Status.AWAITING_TERMS,
            reason="Google lists no new account; "
            + ("the ticket can still be accepted" if open_still else "the portal looks once more"),
            actor=by_worker(),
            due_at=ticket.expires_at if open_still else ticket.expires_at + GRACE,
            problem="Google lists no new account yet.",
        )
        return
    if settings.GOOGLE_ACCOUNT_LIMIT and listed >= settings.GOOGLE_ACCOUNT_LIMIT:
        _full_without_a_return(request, listed)
        return
    attempt = end_attempt(request, AttemptResult.NO_RETURN)
    move(
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
        f"this Google account, and allows {settings.GOOGLE_ACCOUNT_LIMIT}. Nothing was created.",
    )
