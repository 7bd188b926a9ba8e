"""Which trip a browser of somebody who is no member is on, and the page of one that is checked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tokens.connections.models.oauth_flow import Authorization

_TRIP = "reconnect_trip"


def remember_trip(request: HttpRequest, trip: Authorization) -> None:
    """Note it in the session; the last one counts."""
    request.session[_TRIP] = [str(trip.pk), str(trip.tenant_id)]


def remembered_trip(request: HttpRequest) -> tuple[str, str] | None:
    """(trip, tenant) of this browser."""
    noted = request.session.get(_TRIP)
    return (noted[0], noted[1]) if noted else None


def being_checked(request: HttpRequest) -> HttpResponse:
    """Ask for a moment of patience, and come back by itself: Google is being asked."""
    page = render(request, "tokens/trip_being_checked.html")
    page["Refresh"] = "2"
    return page
