"""Where a stopped request goes on: read from what exists, not from what was remembered."""

from provisioning.models import ProvisioningRequest, TosOutcome
from provisioning.models.attempt import TicketStatus
from provisioning.states import Status
from provisioning.tos import Outcome


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
