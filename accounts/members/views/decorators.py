"""Who may see the pages below `/t/<slug>/`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails
from structlog.contextvars import bind_contextvars

from accounts.authentication.policies import needs_second_step
from accounts.authentication.views.second_step import arrived, to_set_up
from accounts.members.models.membership import Membership
from accounts.members.policies import enter_tenant
from accounts.members.roles import Power
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User


class TenantRequest(HttpRequest):
    """A request of a signed-in member, inside the tenant of its URL."""

    user: User
    htmx: HtmxDetails
    tenant: Tenant
    membership: Membership


P = ParamSpec("P")
_READS = ("GET", "HEAD")
_SECOND_STEP = (
    "{} lets members in who have a passkey or an authenticator app. "
    "Set one of them up here, then go on."
)


def member_view(
    power: Power, *, while_leaving: bool = False
) -> Callable[
    [Callable[Concatenate[TenantRequest, P], HttpResponseBase]],
    Callable[..., HttpResponseBase],
]:
    """Let in members who hold `power`, and open their tenant's scope around the view.

    While its deletion is asked for, a tenant can be read; what changes anything is
    refused, but for views that are there `while_leaving`.
    """

    def decorate(
        view: Callable[Concatenate[TenantRequest, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: Any, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(_page_of(request))
            membership = enter_tenant(request, slug, power)
            request.membership = membership
            request.tenant = membership.tenant
            bind_contextvars(tenant=slug)
            if needs_second_step(request.user, membership.tenant):
                return to_set_up(request, _SECOND_STEP.format(request.tenant.name))
            arrived(request)
            if request.method not in _READS and not while_leaving and request.tenant.deleted_at:
                return _paused(request)
            with tenant_scope(membership.tenant):
                return view(request, *args, **kwargs)

        return guarded

    return decorate


def _page_of(request: HttpRequest) -> str:
    """Where to come back to after signing in: of a form, the page that it stands on.

    Many addresses that forms are sent to have no page of their own.
    """
    page, hosts = request.headers.get("Referer", ""), {request.get_host()}
    if request.method in _READS or not url_has_allowed_host_and_scheme(
        page, hosts, require_https=request.is_secure()
    ):
        return request.get_full_path()
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"


def _paused(request: TenantRequest) -> HttpResponseBase:
    name = request.tenant.name
    sentence = f"Nothing was changed: {name} is about to be deleted. An owner can keep it."
    messages.error(request, sentence)
    return redirect(request.tenant)
