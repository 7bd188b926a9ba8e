"""The door to every page below `/t/<slug>/`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails
from structlog.contextvars import bind_contextvars

from accounts.models import Membership, Tenant, User
from accounts.policies import enter_tenant
from accounts.roles import Power
from accounts.tenancy import tenant_scope


class TenantRequest(HttpRequest):
    """A request of a signed-in member, inside the tenant of its URL."""

    user: User
    htmx: HtmxDetails
    tenant: Tenant
    membership: Membership


P = ParamSpec("P")


def member_view(
    power: Power,
) -> Callable[
    [Callable[Concatenate[TenantRequest, P], HttpResponse]],
    Callable[..., HttpResponse],
]:
    """Let in members who hold `power`, and open their tenant's scope around the view."""

    def decorate(
        view: Callable[Concatenate[TenantRequest, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def guarded(request: Any, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            membership = enter_tenant(request, slug, power)
            request.membership = membership
            request.tenant = membership.tenant
            bind_contextvars(tenant=slug)
            with tenant_scope(membership.tenant):
                return view(request, *args, **kwargs)

        return guarded

    return decorate
