"""An organisation takes its data along, and leaves."""

from typing import cast

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit.recording import by_person
from accounts.email.services.limits import Caused, TooManyEmails, count_email
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.members.views.reauthentication import freshly_proven
from accounts.offboarding.services.emails import not_reached, owners_of
from accounts.offboarding.services.organisation_deletion import (
    TooLate,
    cancel_deletion,
    request_deletion,
)
from accounts.web.redirects import SeeOther
from portal.offboarding.organisation_export import export
from portal.pages.dashboard import deletion_impact


@require_safe
@member_view(Power.TENANT_MANAGE)
def tenant_data(request: TenantRequest) -> HttpResponse:
    """What may be done with an organisation's data."""
    return _page(request)


@require_POST
@member_view(Power.TENANT_MANAGE, while_leaving=True)
def tenant_export(request: TenantRequest) -> HttpResponse:
    """All of it as a ZIP file."""
    file = export(request.tenant, by_person(request))
    name = f"{request.tenant.slug}-{timezone.localdate():%Y-%m-%d}.zip"
    return cast(HttpResponse, FileResponse(file, as_attachment=True, filename=name))


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.TENANT_MANAGE, while_leaving=True)
@freshly_proven
def tenant_delete(request: TenantRequest) -> HttpResponse:
    """Ask for the deletion, once an owner has proven who they are and typed the name."""
    if request.method != "POST":
        return _page(request)
    if request.POST.get("name", "").strip() != request.tenant.name:
        return _page(request, 422, wrong=True)
    try:
        _count_mails(request)
    except TooManyEmails as error:
        messages.error(request, f"Nothing was changed. {error}")
        return _back(request)
    if request_deletion(request.tenant, by_person(request)):
        told = ", ".join(owner.email for owner in owners_of(request.tenant))
        messages.success(request, f"A mail about it is on its way to {told}.")
    return _back(request)


@require_POST
@member_view(Power.TENANT_MANAGE, while_leaving=True)
def tenant_keep(request: TenantRequest) -> HttpResponse:
    """Take the deletion back."""
    # Never refused: whoever wants to keep an organisation must not come too late.
    try:
        kept = cancel_deletion(request.tenant, by_person(request))
    except TooLate:
        messages.error(request, "It is too late: the keys are destroyed.")
        return SeeOther("/")
    if kept:
        messages.success(request, f"{request.tenant.name} stays. What was paused goes on.")
    return _back(request)


def _count_mails(request: TenantRequest) -> None:
    for owner in owners_of(request.tenant):
        count_email(Caused.CHANGES, by_person(request), request.tenant.pk, owner.email)


def _page(request: TenantRequest, status: int = 200, *, wrong: bool = False) -> HttpResponse:
    typed = request.POST.get("name", "")
    context = {
        "wrong": wrong,
        "typed": typed,
        "impact": deletion_impact(request.tenant),
        "not_reached": not_reached(request.tenant),
    }
    return render(request, "portal/leaving.html", context, status=status)


def _back(request: TenantRequest) -> HttpResponse:
    return SeeOther(reverse("tenant-data", args=[request.tenant.slug]))
