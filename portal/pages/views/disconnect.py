"""Disconnecting a Google account: what will stop and what stays, then the deed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.audit.recording import by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.members.views.reauthentication import freshly_proven
from accounts.web.redirects import SeeOther
from portal.pages.dashboard import under_way_through
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import RevocationState
from tokens.connections.services.disconnect import NotConnected, disconnect, preview
from tokens.connections.states import ConnectionStatus
from tokens.connections.tasks import revoke


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CONNECTION_MANAGE, while_leaving=True)
@freshly_proven
def connection_disconnect(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Say what disconnecting does; do it when the form is sent."""
    rows = GoogleConnection.objects.select_related("client", "tenant")
    row = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        return _disconnect(request, row)
    if row.status == ConnectionStatus.DISCONNECTED:
        return SeeOther(row.get_absolute_url())
    context = {
        "connection": row,
        "prospect": preview(row),
        "under_way": under_way_through([row]),
        "made": row.requests.filter(account__isnull=False).count(),
    }
    return render(request, "portal/disconnect.html", context)


def _disconnect(request: TenantRequest, row: GoogleConnection) -> HttpResponse:
    try:
        revocation = disconnect(row, by_person(request))
    except NotConnected:
        messages.info(request, f"{row} was disconnected already, so nothing was done.")
        return SeeOther(row.get_absolute_url())
    if revocation.state == RevocationState.WAITING:
        # The sweep would find it too.
        revoke.delay_on_commit(str(row.tenant_id), str(revocation.pk))
    messages.success(request, f"{row} is disconnected. Its stored credentials are destroyed.")
    return SeeOther(row.get_absolute_url())
