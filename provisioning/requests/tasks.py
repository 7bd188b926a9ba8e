"""What workers do for requests. Messages are hints: every task looks at the rows itself."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.tenancy.tasks import SWEEP_LIMIT, TenantTask
from provisioning.requests.services.runner import run as run_request
from provisioning.requests.services.unfinished import first_warning, tidy
from provisioning.requests.unscoped import due_requests, unfinished_requests
from tokens.encryption.availability import key_availability


@shared_task(base=TenantTask, name="provisioning.drive")
def run(tenant_id: str, request_id: str) -> None:
    """Do what is due for one request."""
    run_request(UUID(request_id))


@shared_task(base=TenantTask, name="provisioning.tidy_one")
def tidy_one(tenant_id: str, request_id: str) -> None:
    """Warn about a request that was never finished, or cancel it."""
    tidy(UUID(request_id))


@shared_task(name="provisioning.tidy")
def tidy_unfinished() -> None:
    """Find what nobody has gone on with for so long that it is to be tidied away."""
    since = first_warning(timezone.now())
    if since is not None:
        for tenant_id, request_id in unfinished_requests(since, SWEEP_LIMIT):
            tidy_one.delay(str(tenant_id), str(request_id))


@shared_task(name="provisioning.sweep")
def sweep() -> None:
    """Find what is due, whoever forgot to say so. While the portal is sealed, all of it waits."""
    if not key_availability().may_work:
        return
    for tenant_id, request_id in due_requests(timezone.now(), SWEEP_LIMIT):
        run.delay(str(tenant_id), str(request_id))
