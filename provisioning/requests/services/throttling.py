"""A request waits for Google's quotas, and says until when."""

from collections.abc import Sequence

from provisioning.analytics.google.quotas import (
    BucketCost,
    Cost,
    bucket_costs,
)
from provisioning.analytics.services.throttling import (
    charge_for_page,
    lacking_of,
    project_of,
    record_limit_for_page,
)
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.leases import hold
from tokens.google.errors import GoogleError


def may_call(request: ProvisioningRequest, cost: Cost) -> bool:
    """Take what it costs; without it the request waits, and says until when."""
    lacking = lacking_of(_of_request(request, cost))
    if lacking is None:
        return True
    words, until = lacking
    # When it goes on, the page says in its reader's own zone: that is `due_at`.
    hold(request, until, f"{words}.")
    return False


def charge_pages(request: ProvisioningRequest, listed: int) -> None:
    """Count the calls that a list of so many took beyond its first page."""
    connection = request.connection
    if connection is not None:
        charge_for_page(request.backend, project_of(connection.client), connection.sub, listed)


def record_limit(request: ProvisioningRequest, error: GoogleError, cost: Cost) -> None:
    """Google has counted more than we did: let nobody take before the time it names."""
    connection = request.connection
    if connection is not None:
        project = project_of(connection.client)
        record_limit_for_page(request.backend, project, connection.sub, error, cost)


def _of_request(request: ProvisioningRequest, cost: Cost) -> Sequence[BucketCost]:
    connection = request.connection
    if connection is None:
        return ()
    project = project_of(connection.client)
    return bucket_costs(request.backend, project, connection.sub, cost)
