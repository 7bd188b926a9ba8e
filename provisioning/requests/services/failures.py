"""What happens when Google, or the way to it, fails in the middle of a step."""

import random
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import by_google, by_worker
from accounts.leases.retry import RetryPolicy, next_try
from provisioning.requests.models.attempt import AttemptResult
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.attempts import end_attempt
from provisioning.requests.services.emails import tell_of_failure
from provisioning.requests.services.leases import postpone
from provisioning.requests.services.transitions import TooLate, change_status
from provisioning.requests.states import FailureReason, Status
from tokens.google.errors import ErrorKind, GoogleError
from tokens.google.retry import SETUP

_FAILURES: dict[ErrorKind, FailureReason] = {
    ErrorKind.API_DISABLED: FailureReason.API_DISABLED,
    ErrorKind.API_GONE: FailureReason.API_GONE,
    ErrorKind.FORBIDDEN: FailureReason.NO_ACCESS,
    ErrorKind.NOT_FOUND: FailureReason.NO_ACCESS,
}
# Whatever the portal's own client is refused for passes when staff have mended it.
_WAITED_OUT = frozenset({ErrorKind.CLIENT_REFUSED})


def retry_at(policy: RetryPolicy, tries: int, retry_after: float | None = None) -> datetime | None:
    """When to try again, or None to give up."""
    return next_try(
        policy, tries=tries, now=timezone.now(), retry_after=retry_after, rand=random.random
    )


def wait_or_fail(request: ProvisioningRequest, error: GoogleError, policy: RetryPolicy) -> None:
    """Try this step again later, or give up with a typed reason."""
    until = None
    if not error.permanent or error.kind in _WAITED_OUT:
        until = retry_at(policy, request.tries + 1, error.retry_after)
    if until is not None:
        postpone(request, until, str(error))
        return
    fail(request, *verdict(error))


@transaction.atomic
def fail(
    request: ProvisioningRequest, reason: FailureReason, sentence: str, **changes: Any
) -> None:
    """Give up with `reason`; what exists already is kept. `changes` are written with it."""
    attempt = end_attempt(request, AttemptResult.ERROR, kind=reason, message=sentence)
    change_status(
        request,
        Status.FAILED,
        reason=sentence,
        actor=by_google(),
        attempt=attempt,
        failure=reason,
        problem=sentence[:300],
        **changes,
    )
    tell_of_failure(request)


@transaction.atomic
def reach_limit(request: ProvisioningRequest, sentence: str) -> None:
    """The Google account has as many Analytics accounts as Google allows: it gives no more."""
    attempt = end_attempt(request, AttemptResult.MAX_ACCOUNTS_REACHED, message=sentence)
    change_status(
        request,
        Status.LIMIT_REACHED,
        reason=sentence,
        actor=by_worker(),
        attempt=attempt,
        problem=sentence,
    )


@transaction.atomic
def lose_connection(request: ProvisioningRequest) -> None:
    """Wait for the person to connect the Google account again."""
    sentence = "Google does not accept the connection any more. Connect it again to go on."
    if request.status == Status.REQUESTING:
        end_attempt(request, AttemptResult.ERROR, kind="needs_reconnect", message=sentence)
    change_status(
        request, Status.NEEDS_RECONNECT, reason=sentence, actor=by_worker(), problem=sentence
    )


@transaction.atomic
def lack_permission(request: ProvisioningRequest) -> None:
    """Wait for the person to grant what only this request needs; the connection stays as it is."""
    sentence = (
        "The Google account did not grant the permission to create Universal Analytics accounts."
    )
    reason = FailureReason.MISSING_PERMISSION
    attempt = end_attempt(request, AttemptResult.ERROR, kind=reason, message=sentence)
    change_status(
        request,
        Status.NEEDS_RECONNECT,
        reason=sentence,
        actor=by_worker(),
        attempt=attempt,
        failure=reason,
        problem=sentence,
    )


def stumble(request: ProvisioningRequest) -> None:
    """The portal itself failed, by a fault of its own: look again later, less and less often."""
    until = retry_at(SETUP, min(request.tries + 1, SETUP.tries - 1)) or timezone.now()
    with suppress(TooLate):
        postpone(request, until, "The portal itself failed at this step; it will try again.")


def verdict(error: GoogleError) -> tuple[FailureReason, str]:
    """Why the portal gives up over `error`, typed and as a sentence."""
    said = error.trouble.message
    sentence = f"{error} Google's words: “{said}”" if said else str(error)
    if not error.permanent or error.kind in _WAITED_OUT:
        return FailureReason.TOO_MANY_TRIES, sentence
    return _FAILURES.get(error.kind, FailureReason.REFUSED), sentence
