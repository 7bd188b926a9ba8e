"""The doctor of connections and service accounts: what is wrong, why, and what to do about it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.audit.recording import Actor, by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.web.notices import NoticesAt
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.checks import check_connection
from tokens.connections.views.asking import asks_too_often
from tokens.diagnostics.diagnosis import Diagnosis
from tokens.diagnostics.help import HELP
from tokens.diagnostics.services import examine, examine_account
from tokens.encryption.availability import PortalSealed
from tokens.encryption.sealing import SecretUnreadable
from tokens.google.errors import GoogleError
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.services.service_accounts import check


@require_safe
@member_view(Power.CONNECTION_READ)
def connection_doctor(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The verdict first, then the causes with their evidence, each with one button.

    Says what is known; Google is asked by `connection_check` alone.
    """
    row = get_object_or_404(GoogleConnection.objects.select_related("client"), pk=pk)
    may_check = request.membership.may(Power.CONNECTION_MANAGE) and row.is_usable
    check_url = reverse("connection-check", args=[request.tenant.slug, pk]) if may_check else ""
    return _page(request, "tokens/doctor.html", examine(row), connection=row, check_url=check_url)


@require_POST
@member_view(Power.CONNECTION_MANAGE)
def connection_check(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Have Google issue an access token now, and show what the doctor says of its answer."""
    row = get_object_or_404(GoogleConnection.objects.select_related("client", "tenant"), pk=pk)
    doctor = NoticesAt(request, reverse("connection-doctor", args=[request.tenant.slug, pk]))
    if not row.is_usable:
        doctor.warning(f"{row} has to be connected again before it can be checked.")
    elif not asks_too_often(request.tenant, doctor):
        _checked(row, by_person(request), doctor)
    return doctor.redirect()


def _checked(row: GoogleConnection, actor: Actor, doctor: NoticesAt) -> None:
    try:
        works = check_connection(row, actor)
    except PortalSealed as sealed:
        doctor.warning(f"Google was not asked. {sealed}")
        return
    if works:
        doctor.success(f"Google accepted {row} just now.")
    else:
        doctor.warning(f"Google issued no access token for {row}. See below why.")


@require_safe
@member_view(Power.CREDENTIAL_READ)
def service_account_doctor(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Likewise of a service account."""
    row = get_object_or_404(ServiceAccount.objects.select_related("tenant"), pk=pk)
    may_change = request.membership.may(Power.CREDENTIAL_MANAGE)
    name, slug = "credential-account-doctor-check", request.tenant.slug
    check_url = reverse(name, args=[slug, pk]) if may_change else ""
    context = {"account": row, "may_change": may_change, "check_url": check_url}
    return _page(request, "tokens/account_doctor.html", examine_account(row), **context)


@require_POST
@member_view(Power.CREDENTIAL_MANAGE)
def service_account_doctor_check(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Have Google issue an access token to a service account now."""
    row = get_object_or_404(ServiceAccount.objects.select_related("tenant"), pk=pk)
    address = reverse("credential-account-doctor", args=[request.tenant.slug, pk])
    doctor = NoticesAt(request, address)
    if not asks_too_often(request.tenant, doctor):
        try:
            check(row, by_person(request))
        except (GoogleError, PortalSealed, SecretUnreadable) as error:
            doctor.warning(f"{row} could not be checked. {error}")
    return doctor.redirect()


def _page(
    request: TenantRequest, template: str, diagnosis: Diagnosis, **context: Any
) -> HttpResponse:
    causes = [(cause, HELP.get(cause.action, "")) for cause in diagnosis.causes]
    return render(request, template, {"diagnosis": diagnosis, "causes": causes, **context})
