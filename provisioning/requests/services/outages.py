"""Restarting together what one outage of Google has stopped."""

from uuid import UUID

from django.db.models import Max, Q

from accounts.audit.recording import Actor
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.outages import SHARED, Failure, Outage, outages
from provisioning.requests.services.bulk import Result, retry_many
from provisioning.requests.states import Status

# As many as one press restarts; whoever has more presses again.
_MOST = 1000


def open_outages() -> list[Outage]:
    """The outages whose requests still stand failed, in whatever tenants are in scope."""
    rows = (
        ProvisioningRequest.objects.filter(
            status=Status.FAILED, failure__in=sorted(SHARED), tenant__deleted_at=None
        )
        .annotate(failed_at=Max("moves__created_at", filter=Q(moves__new=Status.FAILED)))
        .order_by()
        .values_list("pk", "failure", "failed_at")[:_MOST]
    )
    return outages(Failure(pk, reason, at) for pk, reason, at in rows if at is not None)


def outage_of(request: UUID) -> Outage | None:
    """The outage that has stopped this request, while others of it stand failed too."""
    return next((one for one in open_outages() if one.holds(request)), None)


def restart_outage(request: UUID, actor: Actor) -> Result:
    """Set every request going again that failed in the same outage as this one, in one tenant.

    What somebody restarted meanwhile is left alone, so a second press does nothing.
    """
    outage = outage_of(request)
    return retry_many([one.request for one in outage.failures], actor) if outage else Result()
