"""Queued → requesting → awaiting terms: an account ticket from Google."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import by_worker
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backend import AccountSpec, AnalyticsBackend
from provisioning.analytics.google.backends import open_backend
from provisioning.analytics.google.quotas import TICKET as ISSUE
from provisioning.requests.models.attempt import AccountTicket, AttemptResult, ProvisioningAttempt
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.attempts import (
    begin_attempt,
    end_attempt,
    running_of,
    tries_since_person,
)
from provisioning.requests.services.failures import (
    fail,
    lack_permission,
    lose_connection,
    reach_limit,
    retry_at,
    verdict,
)
from provisioning.requests.services.looks import list_accounts, used_before
from provisioning.requests.services.matching import candidates
from provisioning.requests.services.throttling import charge_pages, may_call, record_limit
from provisioning.requests.services.ticket_emails import call_for_acceptance, remind_of_terms
from provisioning.requests.services.transitions import change_status
from provisioning.requests.states import FailureReason, Status
from tokens.clients.redirect_uris import terms_return_uri
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import ConnectionUnusable, with_access
from tokens.connections.services.keep_fresh import keep_fresh
from tokens.exchanges.recording import Subject
from tokens.google.errors import ErrorClass, ErrorKind, GoogleError
from tokens.google.retry import LOOKS, TICKET, TICKET_OUTAGE
from tokens.google.scopes import ANALYTICS_PROVISION

# A lease that is lost counts as a try; after so many the next one waits.
_STOPPED_TOO_OFTEN = 3
_TERMS_AGAIN = "Google has issued a new ticket after the last try failed. Its terms wait for you."


def spec_of(request: ProvisioningRequest) -> AccountSpec:
    """What the request wishes for, in nobody's backend."""
    return AccountSpec(
        account_name=request.account_name,
        property_name=request.property_name,
        stream_name=request.stream_name,
        website_url=request.website_url,
        time_zone=request.time_zone,
        region_code=request.region_code,
        event_retention=request.event_retention,
        access_email=request.access_email,
        access_role=request.access_role,
    )


def subject_of(request: ProvisioningRequest) -> Subject:
    """For whom Google is called."""
    return Subject(request.tenant_id, request.connection_id, request.pk)


@transaction.atomic
def start_requesting(request: ProvisioningRequest) -> None:
    """Begin the next attempt."""
    attempt = begin_attempt(request)
    change_status(
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
    accept its terms, and it ends by itself. So asking again needs no care, unless
    an earlier ticket of this request has made an account, through whatever Google account:
    then none is asked for.
    """
    if request.connection is None or not may_call(request, ISSUE):
        return
    if request.tries >= _STOPPED_TOO_OFTEN:
        sentence = f"The portal was stopped {request.tries} times while it asked Google."
        retry_later(request, AttemptResult.ERROR, sentence, "stopped")
        return
    attempts = list(request.attempts.all())
    attempt = running_of(attempts) or begin_attempt(request)
    try:
        made_in = _made_elsewhere(request) if attempt.number > 1 else None
        asked = _Asked() if made_in else _ask(request, request.connection, attempt, attempts)
    except ConnectionUnusable:
        lose_connection(request)
    except GoogleError as error:
        _set_back(request, error)
    else:
        if asked.ticket_id:
            _store(request, attempt, asked)
        elif asked.before:
            _full(request, len(asked.before))
        else:
            _look_closer(request, made_in or request.connection)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What Google listed, and the ticket it issued. Both are empty when an account was found."""

    before: Sequence[str] = ()
    ticket_id: str = ""


def _ask(
    request: ProvisioningRequest,
    connection: GoogleConnection,
    attempt: ProvisioningAttempt,
    attempts: list[ProvisioningAttempt],
) -> _Asked:
    limit = _limit(attempts)

    def ask(token: str) -> _Asked:
        api: AnalyticsBackend = open_backend(request.backend, token, subject_of(request))
        seen = api.accounts()
        charge_pages(request, len(seen))
        # A first attempt has no ticket before it that could have made anything.
        if attempt.number > 1 and candidates(request, connection, seen):
            return _Asked()
        before = [account.account_id for account in seen]
        if limit and len(before) >= limit:
            return _Asked(before)
        return _Asked(before, api.create_ticket(spec_of(request), terms_return_uri()))

    own = ANALYTICS_PROVISION if request.backend == Backend.V3 else ""
    return with_access(connection, ask, own=own)


def _made_elsewhere(request: ProvisioningRequest) -> GoogleConnection | None:
    """A Google account, used before this one, that an earlier ticket made something in.

    One that has to be connected again cannot be asked: its tickets keep their own clock,
    and what they have made is named when it can be seen.

    Raises:
        GoogleError: Google could not be asked just now.
    """
    for connection in used_before(request):
        try:
            seen = list_accounts(request, connection)
        except ConnectionUnusable:
            continue
        if candidates(request, connection, seen):
            return connection
    return None


def _limit(attempts: list[ProvisioningAttempt]) -> int:
    """How many accounts are too many; 0 where Google is to say it itself.

    Of accounts that others share with the Google account only Google knows
    whether they count. So who tries again all the same gets a ticket.
    """
    told = any(one.result == AttemptResult.MAX_ACCOUNTS_REACHED for one in attempts)
    return 0 if told else int(settings.GOOGLE_ACCOUNT_LIMIT)


def _full(request: ProvisioningRequest, count: int) -> None:
    reach_limit(
        request,
        f"Google lists {count} Analytics accounts for this Google account already, and allows "
        f"{settings.GOOGLE_ACCOUNT_LIMIT}. No ticket was asked for.",
    )


@transaction.atomic
def _look_closer(request: ProvisioningRequest, through: GoogleConnection) -> None:
    sentence = "Google lists an account that an earlier ticket may have made"
    attempt = end_attempt(request, AttemptResult.CANCELLED, message=f"{sentence}.")
    change_status(
        request,
        Status.VERIFYING,
        reason=f"{sentence}; the portal looks at it before it asks for another",
        actor=by_worker(),
        attempt=attempt,
        due_at=timezone.now(),
        connection=through,
    )


@transaction.atomic
def _store(request: ProvisioningRequest, attempt: ProvisioningAttempt, asked: _Asked) -> None:
    expires_at = timezone.now() + timedelta(seconds=settings.GOOGLE_TICKET_TTL)
    ticket = AccountTicket.objects.create(
        tenant_id=request.tenant_id,
        request=request,
        attempt=attempt,
        connection=request.connection,
        ticket_id=asked.ticket_id,
        account_name=request.account_name,
        redirect_uri=terms_return_uri(),
        accounts_before=list(asked.before),
        expires_at=expires_at,
    )
    if request.connection is not None:
        keep_fresh(request.connection, expires_at)
    unattended = attempt.number > 1 and tries_since_person(request) > 1
    if unattended:
        call_for_acceptance(ticket)
    else:
        remind_of_terms(ticket)
    change_status(
        request,
        Status.AWAITING_TERMS,
        reason="Google issued a ticket; its terms can be accepted now",
        actor=by_worker(),
        attempt=attempt,
        due_at=expires_at,
        problem=_TERMS_AGAIN if unattended else "",
    )


def _set_back(request: ProvisioningRequest, error: GoogleError) -> None:
    record_limit(request, error, ISSUE)
    if error.kind is ErrorKind.SCOPE_MISSING:
        lack_permission(request)
        return
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
    """End the attempt and schedule the next one, or give up after too many.

    After `backend_error` nobody knows whether the account was made: the next ticket waits
    until it has been looked for with the patience of verifying.
    """
    attempt = end_attempt(request, result, kind=kind, message=sentence)
    tries = tries_since_person(request)
    policy, known = TICKET_OUTAGE, "The portal asks for a ticket again"
    if result is AttemptResult.BACKEND_ERROR:
        policy, retry_after = TICKET, LOOKS.quick.total_seconds()
        known = "Google may have created the account all the same; the portal looks for it"
    until = retry_at(policy, tries, retry_after)
    if until is None:
        fail(request, FailureReason.TOO_MANY_TRIES, f"{sentence} The portal tried {tries} times.")
        return
    if attempt:
        attempt.retry_at = until
        attempt.save(update_fields=["retry_at"])
    change_status(
        request,
        Status.WAITING_RETRY,
        reason=f"{sentence} {known}",
        actor=by_worker(),
        attempt=attempt,
        due_at=until,
        problem=sentence[:300],
    )


def requeue(request: ProvisioningRequest) -> None:
    """The wait is over: go on with a new attempt."""
    change_status(
        request,
        Status.QUEUED,
        reason="The wait is over",
        actor=by_worker(),
        due_at=timezone.now(),
    )
