"""The front page, a tenant's home, and the choice of theme."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.members.roles import Power
from accounts.members.services.tenants import work_alone
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from accounts.web.redirects import SeeOther
from portal.pages import dashboard
from portal.pages.context import THEMES
from portal.pages.needs import needs
from provisioning.requests.models.request import ProvisioningRequest

_YEAR = 31_536_000


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What the portal is; whoever is signed in goes to their organisation instead."""
    if not isinstance(request.user, User):
        return render(request, "portal/landing.html")
    tenant = dashboard.first_tenant(request.user)
    return redirect(tenant) if tenant else redirect("tenant-new")


@require_safe
@member_view(Power.TENANT_READ)
def home(request: TenantRequest) -> HttpResponse:
    """What needs a person, then what runs by itself, then what happened lately."""
    steps = dashboard.checklist(request.membership)
    is_new_here = any(not (step.done or step.is_optional) for step in steps)
    context = {
        "needs": needs(request.tenant),
        "recent": ProvisioningRequest.objects.for_lists()[:8],
        "checklist": steps,
        "is_new_here": is_new_here,
        "running": dashboard.running(),
        "running_counted": dashboard.RUNNING_COUNTED,
        # Before the first account they would be empty boxes.
        **({} if is_new_here else _figures(request.tenant)),
    }
    return render(request, "portal/home.html", context)


def _figures(tenant: Tenant) -> dict[str, Any]:
    spark = dashboard.verified_by_day(tenant)
    return {
        "has_figures": True,
        "numbers": {"verified_30": sum(spark), "spark": spark},
        "funnel": dashboard.latest_funnel(),
        "funnel_of": dashboard.FUNNEL_OF,
        "connections_summary": dashboard.connections_summary(),
    }


@require_POST
@member_view(Power.MEMBER_INVITE)
def works_alone(request: TenantRequest) -> HttpResponse:
    """Take the step that invites a colleague off this member's list."""
    work_alone(request.membership)
    messages.info(request, "You can invite colleagues under Members whenever you like.")
    return SeeOther(request.tenant.get_absolute_url())


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice, and go back."""
    wanted, back = request.POST.get("theme", ""), request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    response = SeeOther(back if safe else "/")
    if wanted in THEMES:
        response.set_cookie(
            "theme", wanted, max_age=_YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response
