"""The doctor of connections and service accounts: what is wrong, why, and what to do about it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.roles import Power
from accounts.views.door import TenantRequest, member_view
from tokens.diagnosis import Diagnosis
from tokens.google.help import HELP
from tokens.models import GoogleConnection, ServiceAccount
from tokens.services.examine import clock_skew, examine, examine_account


@require_safe
@member_view(Power.CONNECTION_READ)
def connection_doctor(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The verdict first, then the causes with their evidence, each with one button."""
    rows = GoogleConnection.objects.select_related("client")
    row = get_object_or_404(rows, pk=pk)
    diagnosis = examine(row, skew=clock_skew(fresh="fresh" in request.GET))
    return _page(request, "tokens/doctor.html", diagnosis, connection=row)


@require_safe
@member_view(Power.CREDENTIAL_READ)
def service_account_doctor(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Likewise of a service account, for which Google is asked."""
    row = get_object_or_404(ServiceAccount.objects.select_related("tenant"), pk=pk)
    diagnosis = examine_account(row, skew=clock_skew(fresh="fresh" in request.GET))
    may_change = request.membership.may(Power.CREDENTIAL_MANAGE)
    template = "tokens/account_doctor.html"
    return _page(request, template, diagnosis, account=row, may_change=may_change)


def _page(
    request: TenantRequest, template: str, diagnosis: Diagnosis, **context: Any
) -> HttpResponse:
    causes = [(cause, HELP.get(cause.action, "")) for cause in diagnosis.causes]
    return render(request, template, {"diagnosis": diagnosis, "causes": causes, **context})
