"""Removing an OAuth client: what will stop and what stays, then the deed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.audit.recording import by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.members.views.reauthentication import freshly_proven
from accounts.web.redirects import SeeOther
from portal.pages.dashboard import under_way_through
from tokens.clients.models.client import OAuthClient
from tokens.connections.services.client_removal import living_through, remove_client
from tokens.credentials.views.clients import card_of, own_client
from tokens.encryption.refusals import Refused

_NAMED = 20


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE, while_leaving=True)
@freshly_proven
def client_remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Say what ends with the client; end it when the form is sent."""
    row = own_client(request, pk)
    if request.method == "POST":
        return _remove(request, row)
    living = living_through(row)
    count = living.count()
    context = {
        "client": row,
        "card": card_of(request, row),
        "named": living[:_NAMED],
        "count": count,
        "more": max(0, count - _NAMED),
        "under_way": under_way_through(living),
    }
    return render(request, "portal/client_remove.html", context)


def _remove(request: TenantRequest, row: OAuthClient) -> HttpResponse:
    try:
        ended = remove_client(row, by_person(request))
    except Refused as refused:
        messages.info(request, f"Nothing was done to {row.name}. {refused}")
        return SeeOther(reverse("credentials", args=[request.tenant.slug]))
    text = f"{row.name} is removed and its secrets are destroyed here."
    if not ended:
        messages.success(request, text)
        return SeeOther(reverse("credentials", args=[request.tenant.slug]))
    many = "1 Google account" if ended == 1 else f"{ended} Google accounts"
    messages.success(request, f"{text} {many} can be reconnected with the portal's client.")
    return SeeOther(reverse("connections", args=[request.tenant.slug]))
