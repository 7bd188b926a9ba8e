"""Verifying → configuring: the account becomes a fact when Google's API lists it.

What the browser brought back is only a hint. An account counts when the
connection's own token sees it, it was not there before the ticket, it carries
the name that was asked for, and it answers no other request of any tenant.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit import by_google, by_worker, record
from provisioning.claims import claimed_accounts
from provisioning.events import Event
from provisioning.google.dialect import SeenAccount
from provisioning.google.dialects import open_dialect
from provisioning.models import (
    AccountTicket,
    ProvisionedAccount,
    ProvisioningRequest,
    SetupStep,
    TosOutcome,
)
from provisioning.models.account import StepKind
from provisioning.models.attempt import AttemptResult
from provisioning.services.attempts import end_attempt
from provisioning.services.leases import postpone
from provisioning.services.moves import move
from provisioning.services.setbacks import fail, lose_connection, retry_at, wait_or_fail
from provisioning.services.tickets import subject_of
from provisioning.states import FailureReason, Status
from provisioning.tos import Outcome
from tokens.google.errors import GoogleError
from tokens.retry import VISIBILITY
from tokens.services.access import ConnectionUnusable, with_access


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

    def look(token: str) -> list[SeenAccount]:
        return open_dialect(request.dialect, token, subject_of(request)).accounts()

    try:
        seen = with_access(request.connection, look)
    except ConnectionUnusable:
        lose_connection(request)
    except GoogleError as error:
        wait_or_fail(request, error, VISIBILITY)
    else:
        _decide(request, acceptance, seen)


def acceptance_of(request: ProvisioningRequest) -> Acceptance | None:
    """The accepted ticket of a request, else its newest one."""
    accepted = (
        TosOutcome.objects.filter(
            ticket__request=request, counted=True, kind=Outcome.ACCEPTED.value
        )
        .select_related("ticket")
        .last()
    )
    if accepted is not None:
        return Acceptance(accepted.ticket, accepted)
    ticket = request.current_ticket()
    return None if ticket is None else Acceptance(ticket, None)


def candidates(
    request: ProvisioningRequest, acceptance: Acceptance, seen: list[SeenAccount]
) -> list[SeenAccount]:
    """The accounts that could be the one: new, of the right name, answering no other request."""
    before = set(acceptance.ticket.accounts_before)
    new = [account for account in seen if account.account_id not in before]
    taken = claimed_accounts(account.account_id for account in new)
    return [
        account
        for account in new
        if account.account_id not in taken
        and account.name == request.account_name
        and acceptance.claimed in ("", account.account_id)
    ]


def _decide(request: ProvisioningRequest, acceptance: Acceptance, seen: list[SeenAccount]) -> None:
    found = candidates(request, acceptance, seen)
    if len(found) == 1:
        _confirm(request, found[0])
    elif found:
        fail(
            request,
            FailureReason.AMBIGUOUS,
            f"Google lists {len(found)} new accounts named “{request.account_name}”.",
        )
    elif acceptance.outcome is None:
        _nothing_yet(request, acceptance.ticket)
    else:
        _not_listed_yet(request)


def _confirm(request: ProvisioningRequest, account: SeenAccount) -> None:
    try:
        _store(request, account)
    except IntegrityError:
        # Another request took this very account between our look and our write.
        _not_listed_yet(request)


@transaction.atomic
def _store(request: ProvisioningRequest, account: SeenAccount) -> None:
    row = ProvisionedAccount.objects.create(
        tenant_id=request.tenant_id,
        request=request,
        account_id=account.account_id,
        account_name=account.name,
        verified_at=timezone.now(),
    )
    for order, kind in enumerate((StepKind.PROPERTY, StepKind.WEB_STREAM), start=1):
        SetupStep.objects.create(
            tenant_id=request.tenant_id, request=request, kind=kind, order=order
        )
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


def _not_listed_yet(request: ProvisioningRequest) -> None:
    sentence = "Google does not list the new account yet."
    until = retry_at(VISIBILITY, request.tries + 1)
    if until is None:
        fail(
            request,
            FailureReason.NOT_CONFIRMED,
            "The terms came back as accepted, but Google never listed a matching account.",
        )
    else:
        postpone(request, until, sentence)


@transaction.atomic
def _nothing_yet(request: ProvisioningRequest, ticket: AccountTicket) -> None:
    if ticket.is_open:
        move(
            request,
            Status.AWAITING_TERMS,
            reason="Google lists no new account; the ticket can still be accepted",
            actor=by_worker(),
            due_at=ticket.expires_at,
            problem="Google lists no new account yet.",
        )
        return
    attempt = end_attempt(request, AttemptResult.NO_RETURN)
    move(
        request,
        Status.EXPIRED,
        reason="Nobody accepted the terms in time; Google lists no new account",
        actor=by_worker(),
        attempt=attempt,
    )
