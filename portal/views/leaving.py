"""An organisation takes its data along, and leaves."""

from typing import cast

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import by_person
from accounts.roles import Power
from accounts.services.deletion import (
    TooLate,
    cancel_deletion,
    owners_of,
    request_deletion,
    tell_owners,
)
from accounts.views.door import TenantRequest, member_view
from accounts.views.fresh import freshly_proven
from accounts.views.redirects import SeeOther
from portal.archive import export
from portal.dashboard import stakes


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
    actor = by_person(request)
    if request_deletion(request.tenant, actor):
        told = tell_owners(request.tenant, actor)
        _say_who_was_told(request, told)
    return _back(request)


@require_POST
@member_view(Power.TENANT_MANAGE, while_leaving=True)
def tenant_keep(request: TenantRequest) -> HttpResponse:
    """Take the deletion back."""
    actor = by_person(request)
    try:
        kept = cancel_deletion(request.tenant, actor)
    except TooLate:
        messages.error(request, "It is too late: the keys are destroyed.")
        return SeeOther("/")
    if kept:
        told = tell_owners(request.tenant, actor)
        messages.success(request, f"{request.tenant.name} stays. What was paused goes on.")
        _say_who_was_missed(request, told)
    return _back(request)


def _say_who_was_told(request: TenantRequest, told: list[str]) -> None:
    if not _say_who_was_missed(request, told):
        messages.success(request, f"A mail about it went to {', '.join(told)}.")


def _say_who_was_missed(request: TenantRequest, told: list[str]) -> bool:
    missed = [owner.email for owner in owners_of(request.tenant) if owner.email not in told]
    if missed:
        sentence = f"The mail server did not take the mail for {', '.join(missed)}. Tell them."
        messages.warning(request, sentence)
    return bool(missed)


def _page(request: TenantRequest, status: int = 200, *, wrong: bool = False) -> HttpResponse:
    typed = request.POST.get("name", "")
    context = {"wrong": wrong, "typed": typed, "stakes": stakes(request.tenant)}
    return render(request, "portal/leaving.html", context, status=status)


def _back(request: TenantRequest) -> HttpResponse:
    return SeeOther(reverse("tenant-data", args=[request.tenant.slug]))
