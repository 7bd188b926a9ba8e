"""The base class of every background task that works for a tenant; what runs for people."""

from typing import Any

from celery.contrib.django.task import DjangoTask
from structlog.contextvars import bound_contextvars

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope

# How many due rows one sweep hands out; the next sweep finds the others.
SWEEP_LIMIT = 500
# How long a sweep that works by itself goes on, in seconds, before it lets others in.
SLICE_SECONDS = 20.0


class TenantTask(DjangoTask):  # type: ignore[type-arg]  # generic only in the stubs
    """A task whose first argument is a tenant's id and whose others are ids too.

    Loads the tenant and opens its scope before the task runs, so that
    background work sees its tenant's rows only, like a page. A tenant that is gone ends the task.
    """

    abstract = True

    def __call__(self, tenant_id: str, *args: Any, **kwargs: Any) -> Any:
        """Run the task inside its tenant's scope."""
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        if tenant is None:
            return None
        with tenant_scope(tenant), bound_contextvars(tenant=tenant.slug):
            return super().__call__(tenant_id, *args, **kwargs)
