"""A request waits for Google's quotas, and says until when."""

from collections.abc import Sequence

from provisioning.analytics.google.quotas import (
    Errand,
    Share,
    shares,
)
from provisioning.analytics.services.throttling import (
    heed_for_page,
    lacking_of,
    owe_for_page,
    project_of,
)
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.leases import hold
from tokens.google.errors import GoogleError


def may_call(request: ProvisioningRequest, errand: Errand) -> bool:
    """Take what the errand costs; without it the request waits, and says until when."""
    lacking = lacking_of(_of_request(request, errand))
    if lacking is None:
        return True
    words, until = lacking
    # When it goes on, the page says in its reader's own zone: that is `due_at`.
    hold(request, until, f"{words}.")
    return False


def owe_pages(request: ProvisioningRequest, listed: int) -> None:
    """Count the calls that a list of so many took beyond its first page."""
    connection = request.connection
    if connection is not None:
        owe_for_page(request.backend, project_of(connection.client), connection.sub, listed)


def heed(request: ProvisioningRequest, error: GoogleError, errand: Errand) -> None:
    """Google has counted more than we did: let nobody take before the time it names."""
    connection = request.connection
    if connection is not None:
        project = project_of(connection.client)
        heed_for_page(request.backend, project, connection.sub, error, errand)


def _of_request(request: ProvisioningRequest, errand: Errand) -> Sequence[Share]:
    connection = request.connection
    if connection is None:
        return ()
    project = project_of(connection.client)
    return shares(request.backend, project, connection.sub, errand)
