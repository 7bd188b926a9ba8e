"""Which flow a browser of somebody who is no member is on, and the page of one that is checked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tokens.connections.models.oauth_flow import OAuthFlow

_FLOW = "reconnect_flow"


def remember_flow(request: HttpRequest, flow: OAuthFlow) -> None:
    """Note it in the session; the last one counts."""
    request.session[_FLOW] = [str(flow.pk), str(flow.tenant_id)]


def remembered_flow(request: HttpRequest) -> tuple[str, str] | None:
    """(flow, tenant) of this browser."""
    noted = request.session.get(_FLOW)
    return (noted[0], noted[1]) if noted else None


def being_checked(request: HttpRequest) -> HttpResponse:
    """Ask for a moment of patience, and come back by itself: Google is being asked."""
    page = render(request, "tokens/oauth_flow_being_checked.html")
    page["Refresh"] = "2"
    return page
