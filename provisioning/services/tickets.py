"""Queued → requesting → awaiting terms: an account ticket from Google."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit import by_worker
from provisioning.google.dialect import DialectApi, Wish
from provisioning.google.dialects import open_dialect
from provisioning.google.ga4 import terms_return_uri
from provisioning.models import AccountTicket, ProvisioningAttempt, ProvisioningRequest
from provisioning.models.attempt import AttemptResult
from provisioning.services.attempts import (
    begin_attempt,
    end_attempt,
    running_attempt,
    tries_since_person,
)
from provisioning.services.moves import move
from provisioning.services.setbacks import fail, lose_connection, retry_at, verdict
from provisioning.states import FailureReason, Status
from tokens.google.errors import ErrorClass, GoogleError
from tokens.google.journal import Subject
from tokens.retry import TICKET
from tokens.services.access import ConnectionUnusable, with_access
from tokens.services.warmth import keep_warm


def wish_of(request: ProvisioningRequest) -> Wish:
    """What the request wishes for, in nobody's dialect."""
    return Wish(
        account_name=request.account_name,
        property_name=request.property_name,
        stream_name=request.stream_name,
        website_url=request.website_url,
        time_zone=request.time_zone,
        region_code=request.region_code,
    )


def subject_of(request: ProvisioningRequest) -> Subject:
    """For whom Google is called."""
    return Subject(request.tenant_id, request.connection_id, request.pk)


@transaction.atomic
def start_requesting(request: ProvisioningRequest) -> None:
    """Begin the next attempt."""
    attempt = begin_attempt(request)
    move(
        request,
        Status.REQUESTING,
        reason=f"Attempt {attempt.number} begins",
        actor=by_worker(),
        attempt=attempt,
        due_at=timezone.now(),
    )


def obtain_ticket(request: ProvisioningRequest) -> None:
    """Ask Google for a ticket, and write down what the Google account could see before it.

    A ticket whose answer was lost is harmless: nobody knows it, so nobody can
    accept its terms, and it ends by itself. So asking again needs no care.
    """
    if request.connection is None:
        return
    attempt = running_attempt(request) or begin_attempt(request)

    def ask(token: str) -> tuple[list[str], str]:
        api: DialectApi = open_dialect(request.dialect, token, subject_of(request))
        before = [account.account_id for account in api.accounts()]
        return before, api.create_ticket(wish_of(request), terms_return_uri())

    try:
        before, ticket_id = with_access(request.connection, ask)
    except ConnectionUnusable:
        lose_connection(request)
    except GoogleError as error:
        _set_back(request, error)
    else:
        _store(request, attempt, before, ticket_id)


@transaction.atomic
def _store(
    request: ProvisioningRequest, attempt: ProvisioningAttempt, before: list[str], ticket_id: str
) -> None:
    expires_at = timezone.now() + timedelta(seconds=settings.GOOGLE_TICKET_TTL)
    AccountTicket.objects.create(
        tenant_id=request.tenant_id,
        request=request,
        attempt=attempt,
        ticket_id=ticket_id,
        redirect_uri=terms_return_uri(),
        accounts_before=before,
        expires_at=expires_at,
    )
    if request.connection is not None:
        keep_warm(request.connection, expires_at)
    move(
        request,
        Status.AWAITING_TERMS,
        reason="Google issued a ticket; its terms can be accepted now",
        actor=by_worker(),
        attempt=attempt,
        due_at=expires_at,
    )


def _set_back(request: ProvisioningRequest, error: GoogleError) -> None:
    if error.error_class in (ErrorClass.TRANSIENT, ErrorClass.CLIENT):
        retry_later(request, AttemptResult.ERROR, str(error), error.kind, error.retry_after)
    else:
        fail(request, *verdict(error))


@transaction.atomic
def retry_later(
    request: ProvisioningRequest,
    result: AttemptResult,
    sentence: str,
    kind: str,
    retry_after: float | None = None,
) -> None:
    """End the attempt and schedule the next one, or give up after too many."""
    attempt = end_attempt(request, result, kind=kind, message=sentence)
    tries = tries_since_person(request)
    until = retry_at(TICKET, tries, retry_after)
    if until is None:
        fail(request, FailureReason.TOO_MANY_TRIES, f"{sentence} The portal tried {tries} times.")
        return
    if attempt:
        attempt.retry_at = until
        attempt.save(update_fields=["retry_at"])
    move(
        request,
        Status.WAITING_RETRY,
        reason=f"{sentence} Nothing was created, nothing is lost",
        actor=by_worker(),
        attempt=attempt,
        due_at=until,
        problem=sentence[:300],
    )


def requeue(request: ProvisioningRequest) -> None:
    """The wait is over: go on with a new attempt."""
    move(
        request,
        Status.QUEUED,
        reason="The wait is over",
        actor=by_worker(),
        due_at=timezone.now(),
    )
