"""Drives one request as far as it goes without a person or a wait."""

from collections.abc import Callable
from uuid import UUID

import structlog
from django.utils import timezone

from accounts.audit.recording import by_worker
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.failures import stumble
from provisioning.requests.services.leases import kept, lease, lease_again
from provisioning.requests.services.looks import looked_for
from provisioning.requests.services.resume import resume_point
from provisioning.requests.services.setup import configure
from provisioning.requests.services.tickets import obtain_ticket, requeue, start_requesting
from provisioning.requests.services.transitions import TooLate, change_status
from provisioning.requests.services.verification import check_terms, verify
from provisioning.requests.states import Status
from provisioning.requests.unscoped import connected_flows
from tokens.encryption.availability import key_availability

log = structlog.get_logger(__name__)


def go_on(request: ProvisioningRequest) -> None:
    """The Google account is connected (again): go on where the request stopped."""
    connection = request.connection
    if request.status == Status.AUTHORIZING:
        connection = connected_flows(request.authorization_id).latest("consumed_at").connection
    goal, due_at = resume_point(request), timezone.now()
    ticket = request.current_ticket()
    if goal is Status.QUEUED and ticket is not None and ticket.is_open:
        goal, due_at = Status.AWAITING_TERMS, ticket.expires_at
    change_status(
        request,
        goal,
        reason="The Google account is connected",
        actor=by_worker(),
        due_at=due_at,
        connection=connection,
    )


STEPS: dict[Status, Callable[[ProvisioningRequest], None]] = {
    Status.AUTHORIZING: go_on,
    Status.NEEDS_RECONNECT: go_on,
    Status.QUEUED: start_requesting,
    Status.REQUESTING: obtain_ticket,
    Status.WAITING_RETRY: requeue,
    Status.AWAITING_TERMS: check_terms,
    Status.VERIFYING: verify,
    Status.CONFIGURING: configure,
}


def run(pk: UUID) -> None:
    """Do what is due for the request, step by step and look by look, until nothing is.

    Safe to call by anybody at any time: who finds nothing due, or finds that
    another worker was first, does nothing. While the portal is sealed, the
    request stays as it is and the sweep finds it afterwards.
    """
    if not key_availability().may_work:
        return
    _take_steps(pk)
    # A look that finds an account makes the next step due.
    while looked_for(pk):
        _take_steps(pk)


def _take_steps(pk: UUID) -> None:
    request = lease(pk)
    while request is not None:
        try:
            with kept(request):
                STEPS[Status(request.status)](request)
        except TooLate:
            log.info("request was moved by somebody else", request_row=str(pk))
            return
        except Exception:
            # Into the future first, so that one bad row cannot keep a worker busy.
            stumble(request)
            raise
        request = lease_again(request)
