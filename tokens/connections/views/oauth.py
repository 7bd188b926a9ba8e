"""Leaving for Google's consent page, and coming back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.audit.recording import by_person
from accounts.members.models.membership import Membership
from accounts.members.policies import enter_tenant
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.members.views.return_address import safe_return_to
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from accounts.web.methods import get_acts_once
from accounts.web.redirects import SeeOther
from accounts.web.sessions import session_key
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.consent_policy import to_be_asked_after_all
from tokens.connections.services.oauth_flow import (
    CallbackRefused,
    FlowPurpose,
    digest,
    finish_flow,
)
from tokens.connections.states import FOR_WHOEVER_RUNS_IT, FlowOutcome
from tokens.connections.unscoped import flow_of_state
from tokens.connections.views.choosing import chosen_client
from tokens.connections.views.guests import being_checked, remember_flow
from tokens.connections.views.leaving import leave
from tokens.google.scopes import words_for


@require_POST
@member_view(Power.CONNECTION_MANAGE)
def connection_start(request: TenantRequest) -> HttpResponse:
    """Leave for Google to connect an account, through the `client` that a person chose.

    `legacy` asks for the legacy API's scope too.
    """
    legacy = request.POST.get("legacy") == "1"
    purpose = FlowPurpose(
        return_to=safe_return_to(request), legacy=legacy, through=chosen_client(request)
    )
    return _leave(request, purpose)


@require_POST
@member_view(Power.CONNECTION_MANAGE)
def connection_reconnect(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Leave for Google to repair this very connection."""
    row = get_object_or_404(GoogleConnection, pk=pk)
    return _leave(request, FlowPurpose(reconnects=row, return_to=safe_return_to(request)))


@require_POST
@member_view(Power.CONNECTION_MANAGE)
def flow_again(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Leave for Google once more, for the same purpose as a flow that came to nothing."""
    rows = OAuthFlow.objects.select_related("client", "reconnects__client", "first_try")
    return _leave(request, FlowPurpose.again(get_object_or_404(rows, pk=pk)))


def _leave(request: TenantRequest, purpose: FlowPurpose) -> HttpResponse:
    _, url = leave(request, purpose, tenant=request.tenant, user=request.user)
    return SeeOther(url)


@get_acts_once
def callback(request: HttpRequest) -> HttpResponse:
    """Where every consent page returns to (RFC 6749 §4.1.2).

    Answers with a redirect, so that neither code nor state stays in the
    address bar, the history or a Referer header. Browsers deliver twice when somebody reloads
    or presses the button again; the second delivery leads where the first one led.
    """
    try:
        return _returned(request)
    except CallbackRefused as refused:
        context = {"reason": str(refused)}
        return render(request, "tokens/callback_refused.html", context, status=400)


def _returned(request: HttpRequest) -> HttpResponse:
    states = request.GET.getlist("state")
    found = flow_of_state(digest(states[0])) if len(states) == 1 else None
    if found is not None and found[2] is not None:
        tenant = Tenant.objects.get(pk=found[1])
        _assert_stays(tenant)
        return _finished(request, tenant, found[0], user=None)
    user = request.user
    if not isinstance(user, User):
        raise CallbackRefused("You are not signed in any more. Sign in, then connect again.")
    membership = _membership(user, found[1]) if found else None
    if found is None or membership is None:
        raise CallbackRefused("This answer belongs to no connection that you have started.")
    enter_tenant(request, membership.tenant.slug, Power.CONNECTION_MANAGE)
    _assert_stays(membership.tenant)
    return _finished(request, membership.tenant, found[0], user=user)


def _assert_stays(tenant: Tenant) -> None:
    if tenant.deleted_at is not None:
        raise CallbackRefused(
            f"{tenant.name} is about to be deleted, so nothing was connected. "
            "An owner can keep it; then connect again."
        )


def _finished(request: HttpRequest, tenant: Tenant, pk: UUID, *, user: User | None) -> HttpResponse:
    with tenant_scope(tenant):
        rows = OAuthFlow.objects.select_related("client", "reconnects", "tenant", "link")
        flow = finish_flow(
            rows.get(pk=pk),
            request.GET,
            user=user,
            session_key=session_key(request),
            actor=by_person(request),
        )
        if to_be_asked_after_all(flow):
            back = flow.retries.select_related("tenant", "connection").exclude(consumed_at=None)
            again = back.first()
            if again is None:
                return _leave_again(request, flow)
            # Delivered once more, after the first delivery had been sent round and come back.
            flow = again
        return SeeOther(_next_page(request, flow))


def _leave_again(request: HttpRequest, flow: OAuthFlow) -> HttpResponse:
    """Straight back to Google, this time for its consent page."""
    _, url = leave(request, FlowPurpose.again(flow), tenant=flow.tenant, user=flow.user)
    return SeeOther(url)


def _membership(user: User, tenant_id: UUID) -> Membership | None:
    return (
        Membership.objects.select_related("tenant").filter(user=user, tenant_id=tenant_id).first()
    )


def _next_page(request: HttpRequest, flow: OAuthFlow) -> str:
    if flow.link_id is not None:
        remember_flow(request, flow)
        return reverse("reconnect-done")
    if flow.outcome == FlowOutcome.DENIED and flow.return_to:
        # Whoever says no at Google is taken back to where they were.
        messages.warning(request, f"{flow.page.happened} {flow.page.not_done}")
        return flow.return_to
    if flow.outcome != FlowOutcome.CONNECTED or flow.connection is None:
        return flow.get_absolute_url()
    messages.success(request, _connected(flow, flow.connection))
    return flow.return_to or flow.connection.get_absolute_url()


def _connected(flow: OAuthFlow, connection: GoogleConnection) -> str:
    if flow.reconnects_id is None:
        return f"{connection} is connected."
    return f"{connection} is connected again. What waited for it continues automatically."


@require_safe
@member_view(Power.CONNECTION_READ)
def flow(request: TenantRequest, pk: UUID) -> HttpResponse:
    """How a flow ended: what happened, what was not done, and the one next step."""
    row = get_object_or_404(
        OAuthFlow.objects.select_related("tenant", "client", "reconnects", "connection"), pk=pk
    )
    if row.outcome == FlowOutcome.CONNECTED and row.connection is not None:
        return SeeOther(row.return_to or row.connection.get_absolute_url())
    if row.is_being_checked:
        return being_checked(request)
    missing = words_for(frozenset(row.detail.split())) if row.outcome == FlowOutcome.PARTIAL else []
    context = {
        "flow": row,
        "page": row.page,
        "missing": missing,
        "stuck": row.asked_in_vain,
        "told": row.detail if row.outcome in FOR_WHOEVER_RUNS_IT else "",
    }
    return render(request, "tokens/oauth_flow.html", context, status=row.page.http_status)
