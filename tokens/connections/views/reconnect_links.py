"""Reconnect links: made by members, used by the owner of the Google account."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit.recording import by_person
from accounts.email.link_tokens import digest
from accounts.email.services.limits import TooManyEmails
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.web.redirects import SeeOther
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.services.client_choice import moves_to
from tokens.connections.services.emails import mail_link
from tokens.connections.services.oauth_flow import FlowPurpose
from tokens.connections.services.reconnect_links import make_link
from tokens.connections.states import FlowOutcome
from tokens.connections.unscoped import link_of_token
from tokens.connections.views.guests import being_checked, remember_flow, remembered_flow
from tokens.connections.views.leaving import leave

_UNCONFIRMED = (
    "Nothing was mailed to {}: Google hasn't confirmed that the address belongs to this account. "
    "Make a link and pass it on yourself."
)
_BY_HAND = "You can make a link and pass it on yourself."


@require_POST
@member_view(Power.CONNECTION_MANAGE)
def connection_link(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Make a link and show it once, or send it to the Google account's own address."""
    row = get_object_or_404(GoogleConnection.objects.select_related("tenant"), pk=pk)
    if "mail" in request.POST:
        if not row.email_verified:
            messages.error(request, _UNCONFIRMED.format(row))
        else:
            _ask(request, [row])
        return SeeOther(row.get_absolute_url())
    made = make_link(row, by_person(request))
    context = {"connection": row, "made": made}
    return render(request, "tokens/link_made.html", context)


@require_POST
@member_view(Power.CONNECTION_MANAGE)
def connections_ask(request: TenantRequest) -> HttpResponse:
    """Send a link to the owner of every connection that needs its person."""
    broken = list(GoogleConnection.objects.needing_a_person().select_related("tenant"))
    rows = [row for row in broken if row.email_verified]
    unconfirmed = [row.email for row in broken if not row.email_verified]
    if unconfirmed:
        messages.error(request, _UNCONFIRMED.format(", ".join(unconfirmed)))
    if rows or not broken:
        _ask(request, rows)
    return SeeOther(reverse("connections", args=[request.tenant.slug]))


def _ask(request: TenantRequest, rows: list[GoogleConnection]) -> None:
    """Have the owner of each mailed a link, and say to whom one goes."""
    asked: list[str] = []
    limited: dict[str, list[str]] = {}
    for row in rows:
        try:
            mail_link(row, by_person(request))
            asked.append(str(row))
        except TooManyEmails as error:
            limited.setdefault(str(error), []).append(str(row))
    if len(asked) == 1:
        messages.success(request, f"A reconnect link is on its way to {asked[0]}.")
    elif asked or not limited:
        messages.success(request, f"Reconnect links are on their way to {len(asked)} addresses.")
    for why, emails in limited.items():
        messages.error(request, f"Not mailed to {', '.join(emails)}. {why} {_BY_HAND}")


@require_http_methods(["GET", "HEAD", "POST"])
def reconnect_link(request: HttpRequest, token: str) -> HttpResponse:
    """What the owner of the Google account sees: who asks, for what, and the way to Google.

    A link that never was, one that has ended and one that was used look alike.
    """
    found = link_of_token(digest(token))
    if found is None:
        raise Http404
    tenant = Tenant.objects.get(pk=found[1])
    with tenant_scope(tenant):
        rows = ReconnectLink.objects.select_related("connection__client", "connection__tenant")
        link = rows.get(pk=found[0])
        if not link.is_open or tenant.deleted_at is not None:
            raise Http404
        if request.method == "POST":
            return _leave(request, tenant, FlowPurpose(reconnects=link.connection, link=link))
        context = {
            "connection": link.connection,
            "tenant": tenant,
            "link": link,
            "moves_to": moves_to(link.connection),
            "left": _left(request, link),
        }
        return render(request, "tokens/link.html", context)


def _left(request: HttpRequest, link: ReconnectLink) -> OAuthFlow | None:
    """The flow of this browser that has not come back, if this link began it."""
    remembered = remembered_flow(request)
    if remembered is None:
        return None
    rows = OAuthFlow.objects.select_related("client")
    flow = rows.filter(pk=remembered[0], link=link).first()
    return flow if flow is not None and flow.did_not_come_back else None


def _leave(request: HttpRequest, tenant: Tenant, purpose: FlowPurpose) -> HttpResponse:
    if request.session.session_key is None:
        request.session.create()
    flow, url = leave(request, purpose, tenant=tenant, user=None)
    remember_flow(request, flow)
    return SeeOther(url)


@require_http_methods(["GET", "HEAD", "POST"])
def reconnect_done(request: HttpRequest) -> HttpResponse:
    """How the flow of this browser ended, for somebody who is no member; sent, try again."""
    remembered = remembered_flow(request)
    if remembered is None:
        raise Http404
    tenant = get_object_or_404(Tenant, pk=remembered[1])
    with tenant_scope(tenant):
        rows = OAuthFlow.objects.select_related(
            "client", "tenant", "first_try", "reconnects__client", "link__connection"
        )
        flow = get_object_or_404(rows, pk=remembered[0])
        if flow.is_being_checked:
            return being_checked(request)
        connected = flow.outcome == FlowOutcome.CONNECTED
        link = flow.link
        may_retry = not (connected or tenant.deleted_at) and link is not None and link.is_open
        if request.method == "POST":
            if not may_retry:
                return SeeOther(reverse("reconnect-done"))
            return _leave(request, tenant, FlowPurpose.again(flow))
        context = {
            "flow": flow,
            "page": None if connected else flow.page,
            "tenant": tenant,
            "may_retry": may_retry,
        }
        status = 200 if connected else flow.page.http_status
        return render(request, "tokens/link_done.html", context, status=status)
