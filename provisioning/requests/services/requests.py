"""What people do with requests: make one, try again, use another account, check, cancel."""

from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor
from accounts.tenancy.models import Tenant
from accounts.values.email_address import shown
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backend import AccountSpec
from provisioning.requests.models.attempt import AttemptResult
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.attempts import end_attempt, set_tickets_aside
from provisioning.requests.services.defaults import usual_backend
from provisioning.requests.services.looks import look_soon
from provisioning.requests.services.resume import resume_point
from provisioning.requests.services.transitions import UnlawfulMove, change_status, first_change
from provisioning.requests.states import ENDED, FailureReason, Status
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow


@transaction.atomic
def create_request(
    *,
    tenant: Tenant,
    spec: AccountSpec,
    connection: GoogleConnection | None,
    submission: UUID,
    actor: Actor,
    backend: Backend | None = None,
) -> tuple[ProvisioningRequest, bool]:
    """Make a request, or find the one that this very form has made already.

    Without a `backend` it takes the tenant's own, as far as the portal offers it.
    With a connection it is queued at once; without one it waits for it. Returns
    the request and whether it is new.
    """
    waiting = connection is None
    request, created = ProvisioningRequest.objects.get_or_create(
        tenant=tenant,
        submission=submission,
        defaults={
            "backend": backend or usual_backend(tenant),
            "connection": connection,
            "created_by": actor.user,
            "status": Status.AUTHORIZING if waiting else Status.QUEUED,
            "due_at": None if waiting else timezone.now(),
            **asdict(spec),
        },
    )
    if created:
        first_change(request, reason="Details saved", actor=actor)
    return request, created


def wait_for(request: ProvisioningRequest, flow: OAuthFlow) -> None:
    """Let `request` go on when `flow` ends with a connection."""
    ProvisioningRequest.objects.filter(pk=request.pk).update(authorization=flow)


@transaction.atomic
def try_again(
    request: ProvisioningRequest, actor: Actor, *, reason: str = "Set going again"
) -> None:
    """Go on after a stop, or without waiting any longer, or with a new ticket.

    Raises:
        UnlawfulMove: the request is in no state that this is possible in.
        TooLate: it has moved meanwhile.
    """
    if request.status in ENDED:
        raise UnlawfulMove("The request has ended.")
    end_attempt(request, AttemptResult.CANCELLED)
    change_status(
        request,
        resume_point(request),
        reason=reason,
        actor=actor,
        due_at=timezone.now(),
    )


@transaction.atomic
def use_connection(
    request: ProvisioningRequest, connection: GoogleConnection, actor: Actor
) -> None:
    """Try again through another Google account. Nothing must exist at Google yet.

    Raises:
        UnlawfulMove: terms were accepted or an account exists, through the account it has.
        TooLate: as `try_again`.
    """
    if resume_point(request) is not Status.QUEUED:
        raise UnlawfulMove("An account was created already; another one would be a second.")
    end_attempt(request, AttemptResult.CANCELLED)
    change_status(
        request,
        Status.QUEUED,
        reason=f"Set going again through {shown(connection.email)}",
        actor=actor,
        due_at=timezone.now(),
        connection=connection,
    )


@transaction.atomic
def start_over(request: ProvisioningRequest, actor: Actor) -> None:
    """Ask for a new ticket although an earlier one was accepted, as far as anybody knows.

    What the earlier ones have made is looked for first, and afterwards as well.

    Raises:
        UnlawfulMove: an account is confirmed, or the request runs just now or has ended.
        TooLate: as `try_again`.
    """
    if request.provisioned is not None:
        raise UnlawfulMove("An account was created already; another one would be a second.")
    end_attempt(request, AttemptResult.CANCELLED)
    set_tickets_aside(request)
    change_status(
        request,
        Status.QUEUED,
        reason="A new ticket was asked for instead",
        actor=actor,
        due_at=timezone.now(),
        candidates=[],
        chosen_account_id="",
    )


@transaction.atomic
def check_now(request: ProvisioningRequest, actor: Actor) -> None:
    """Look at Google now: the person says that the terms are accepted.

    Where nothing else is known the request goes on by what is found. Otherwise (it was
    declined, waits for a retry, has ended …) it stays as it is unless an account is found.

    Raises:
        UnlawfulMove: there is no ticket that could have been accepted.
        TooLate: as `try_again`.
    """
    if request.current_ticket() is None:
        raise UnlawfulMove("No ticket was issued, so nothing can have been accepted.")
    look_soon(request)
    if not _waits_for_an_acceptance(request):
        return
    change_status(
        request,
        Status.VERIFYING,
        reason="Asked to check with Google whether the terms were accepted",
        actor=actor,
        due_at=timezone.now(),
    )


def choose_account(request: ProvisioningRequest, account_id: str, actor: Actor) -> None:
    """Say which of the accounts found is the one. Google's API has to confirm it.

    Raises:
        UnlawfulMove: nobody asked, or this account is none of those found.
        TooLate: as `try_again`.
    """
    _must_have_asked(request)
    if account_id not in {found["account_id"] for found in request.candidates}:
        raise UnlawfulMove("This account is none of those that were found.")
    change_status(
        request,
        Status.VERIFYING,
        reason=f"Account {account_id} was chosen of those found",
        actor=actor,
        due_at=timezone.now(),
        chosen_account_id=account_id,
    )


def _waits_for_an_acceptance(request: ProvisioningRequest) -> bool:
    """Whether all that is known is that no account has been found so far."""
    unfound = (FailureReason.NOT_CONFIRMED, FailureReason.AMBIGUOUS)
    if request.status == Status.FAILED:
        return request.provisioned is None and request.failure in unfound
    return request.status in (Status.AWAITING_TERMS, Status.EXPIRED)


@transaction.atomic
def choose_none(request: ProvisioningRequest, actor: Actor) -> None:
    """Say that none of the accounts found is the one, and ask for a new ticket.

    Raises:
        UnlawfulMove: nobody asked.
        TooLate: as `try_again`.
    """
    _must_have_asked(request)
    set_tickets_aside(request, [found["account_id"] for found in request.candidates])
    change_status(
        request,
        Status.QUEUED,
        reason="None of the accounts found is the one",
        actor=actor,
        due_at=timezone.now(),
        candidates=[],
    )


def _must_have_asked(request: ProvisioningRequest) -> None:
    if request.failure != FailureReason.AMBIGUOUS:
        raise UnlawfulMove("There is nothing to choose.")


@transaction.atomic
def cancel(request: ProvisioningRequest, actor: Actor) -> None:
    """Stop for good. A ticket that is open can still be accepted at Google; what it makes is named.

    Raises:
        UnlawfulMove, TooLate: as `try_again`.
    """
    look_soon(request)
    attempt = end_attempt(request, AttemptResult.CANCELLED)
    change_status(
        request, Status.CANCELLED, reason="Cancelled", actor=actor, attempt=attempt, candidates=[]
    )
