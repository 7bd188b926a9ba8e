"""Finishing what is half-configured: the account exists, and not all that belongs to it."""

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, record
from provisioning.events import Event
from provisioning.requests.display import in_words
from provisioning.requests.models.account import SetupStep, StepStatus
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.leases import LEASE, hold
from provisioning.requests.services.transitions import UnlawfulMove, change_status
from provisioning.requests.states import Status
from tokens.google.scopes import ANALYTICS_MANAGE_USERS


def is_half_configured(request: ProvisioningRequest) -> bool:
    """Whether an account exists whose set-up has failed, or waits for a later try."""
    if request.provisioned is None:
        return False
    return request.status == Status.FAILED or may_hasten(request)


def lacks_grant(request: ProvisioningRequest) -> bool:
    """Whether access for a colleague is wished for, and not granted to the portal."""
    through = request.connection
    if through is None or not request.access_email or request.status != Status.COMPLETED:
        return False
    return ANALYTICS_MANAGE_USERS not in through.granted


def left_out(request: ProvisioningRequest) -> list[SetupStep]:
    """The options that an account was completed without."""
    return list(request.steps.filter(status=StepStatus.LEFT_OUT))


def may_hasten(request: ProvisioningRequest) -> bool:
    """Whether the set-up waits for a later try, and certainly no worker is busy with it.

    A lease pushes `due_at` forward by a lease at most, so what is due later than
    that is waited for by nobody.
    """
    if request.status != Status.CONFIGURING or request.due_at is None:
        return False
    return request.due_at > timezone.now() + LEASE


@transaction.atomic
def finish_setup(request: ProvisioningRequest, actor: Actor, *, only: str = "") -> None:
    """Run every step that is not done, now; of those left out `only` this one, if one is named.

    Raises:
        UnlawfulMove: there is no account, or nothing of its set-up failed or waits.
        TooLate: the request has moved meanwhile.
    """
    again = [step for step in left_out(request) if only in ("", step.kind)]
    if request.status == Status.COMPLETED and again:
        _try_options(request, again, actor)
        return
    if not is_half_configured(request):
        raise UnlawfulMove("There is no set-up to finish.")
    if request.status == Status.CONFIGURING:
        hold(request, timezone.now(), request.problem)
        record(Event.SETUP_HASTENED, actor, target=request)
        return
    change_status(
        request,
        Status.CONFIGURING,
        reason="The set-up is to be finished",
        actor=actor,
        due_at=timezone.now(),
    )


def _try_options(request: ProvisioningRequest, steps: list[SetupStep], actor: Actor) -> None:
    for step in steps:
        step.status, step.tries = StepStatus.WAITING, 0
        step.save(update_fields=["status", "tries"])
    names = in_words([step.get_kind_display() for step in steps])
    change_status(
        request,
        Status.CONFIGURING,
        reason=f"{names} to be tried again",
        actor=actor,
        due_at=timezone.now(),
    )
