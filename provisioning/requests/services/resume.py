"""Where a stopped request goes on: read from what exists, not from what was remembered."""

from provisioning.requests.models.attempt import TicketStatus, TosOutcome
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from provisioning.requests.tos import Outcome


def resume_point(request: ProvisioningRequest) -> Status:
    """The state to go on in: after the last thing that is a fact."""
    if request.provisioned is not None:
        return Status.CONFIGURING
    accepted = TosOutcome.objects.filter(
        ticket__request=request, counted=True, kind=Outcome.ACCEPTED.value
    )
    if accepted.exclude(ticket__status=TicketStatus.DISOWNED).exists():
        return Status.VERIFYING
    return Status.QUEUED
