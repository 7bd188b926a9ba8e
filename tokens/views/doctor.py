"""The connection doctor: what is wrong, why the portal thinks so, and what to do about it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.roles import Power
from accounts.views.door import TenantRequest, member_view
from tokens.google.help import HELP
from tokens.models import GoogleConnection
from tokens.services.examine import clock_skew, examine


@require_safe
@member_view(Power.CONNECTION_READ)
def connection_doctor(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The verdict first, then the causes with their evidence, each with one button."""
    rows = GoogleConnection.objects.select_related("client")
    row = get_object_or_404(rows, pk=pk)
    skew = clock_skew(fresh="fresh" in request.GET)
    diagnosis = examine(row, skew=skew)
    context = {
        "connection": row,
        "diagnosis": diagnosis,
        "causes": [(cause, HELP.get(cause.action, "")) for cause in diagnosis.causes],
    }
    return render(request, "tokens/doctor.html", context)
