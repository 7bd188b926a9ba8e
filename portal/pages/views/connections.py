"""The list of Google connections and the page of one, with what was made through them."""

from uuid import UUID

from django.db.models import Case, Count, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from provisioning.analytics.backends import Backend
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.defaults import usual_backend
from provisioning.requests.states import Status
from tokens.clients.services.clients import is_for_terminals, to_choose_from
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.client_choice import moves_to
from tokens.connections.services.disconnect import last_revocation
from tokens.connections.services.emails import last_link_email
from tokens.connections.services.ledger import token_quota
from tokens.connections.services.oauth_flow import not_come_back
from tokens.connections.states import ConnectionStatus
from tokens.exchanges.models import Exchange


@require_safe
@member_view(Power.CONNECTION_READ)
def connections(request: TenantRequest) -> HttpResponse:
    """All Google accounts that this tenant has connected."""
    broken_first = Case(When(status=ConnectionStatus.NEEDS_RECONNECT, then=0), default=1)
    rows = (
        GoogleConnection.objects.annotate(
            request_count=Count("requests", distinct=True),
            account_count=Count("requests__account", distinct=True),
        )
        .select_related("connected_by", "client")
        .order_by(broken_first, "email")
    )
    may_manage = request.membership.may(Power.CONNECTION_MANAGE)
    context = {
        "connections": rows,
        "client_choices": to_choose_from() if may_manage else [],
        "left": not_come_back(request.user) if may_manage else None,
        "legacy": usual_backend(request.tenant) == Backend.V3,
    }
    return render(request, "tokens/connections.html", context)


@require_safe
@member_view(Power.CONNECTION_READ)
def connection(request: TenantRequest, pk: UUID) -> HttpResponse:
    """One Google account: its health, its permissions, what was made through it."""
    rows = GoogleConnection.objects.select_related("connected_by", "client")
    row = get_object_or_404(rows, pk=pk)
    context = {
        "connection": row,
        "revocation": last_revocation(row),
        "quota": token_quota(row),
        "from_terminal": is_for_terminals(row.client),
        "moves_to": moves_to(row) if row.needs_renewal else None,
        "link_email": last_link_email(row) if row.needs_renewal else None,
        "recent_requests": row.requests.for_lists()[:10],
        "exchanges": Exchange.objects.for_lists().filter(connection=row)[:20],
        "is_first": not ProvisioningRequest.objects.exclude(status=Status.CANCELLED).exists(),
    }
    return render(request, "tokens/connection.html", context)
