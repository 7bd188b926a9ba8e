"""What members do to their own OAuth clients. Removing one: `portal/pages/views/clients.py`."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit.recording import by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.web.notices import NoticesAt
from tokens.clients.models.client import ClientSecret, OAuthClient
from tokens.clients.redirect_uris import needed
from tokens.clients.services import client_secrets, own_clients
from tokens.connections.views.asking import asks_too_often
from tokens.credentials.forms import ClientForm, ClientSecretForm
from tokens.encryption.availability import PortalSealed
from tokens.encryption.refusals import Refused
from tokens.encryption.sealing import SecretUnreadable
from tokens.google.errors import GoogleError

_NOT_NOW = (GoogleError, PortalSealed, SecretUnreadable)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE)
def client_new(request: TenantRequest) -> HttpResponse:
    """Bring an OAuth client: its file, or id and secret."""
    form = ClientForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            row = own_clients.add(request.tenant, name, form.client_file, by_person(request))
        except (Refused, *_NOT_NOW) as error:
            form.add_error(None, str(error))
        else:
            card = NoticesAt(request, card_of(request, row))
            card.success(f"Google accepts {row.name}, and its secret is sealed here.")
            return card.redirect()
    return _page(request, form, "Add an OAuth client")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE)
def client_secret(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Add the second secret of a client."""
    row = own_client(request, pk)
    card = NoticesAt(request, card_of(request, row))
    form = ClientSecretForm(request.POST or None, request.FILES or None, client_id=row.client_id)
    if request.method == "POST" and form.is_valid():
        try:
            client_secrets.add_secret(row, form.client_file, by_person(request))
        except (Refused, *_NOT_NOW) as error:
            form.add_error(None, str(error))
        else:
            text = f"{row.name} uses the new secret. Remove the old one here, then at Google."
            card.success(text)
            return card.redirect()
    return _page(request, form, f"A new secret for {row.name}")


@require_POST
@member_view(Power.CREDENTIAL_MANAGE)
def client_secret_remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Take away one of two secrets, when the other works."""
    rows = ClientSecret.objects.select_related("client__tenant")
    row = get_object_or_404(rows, pk=pk)
    card = NoticesAt(request, card_of(request, row.client))
    try:
        client_secrets.remove_secret(row, by_person(request))
    except (Refused, *_NOT_NOW) as error:
        card.error(f"The secret ending in {row.last_four} was not removed. {error}")
    else:
        text = f"The secret ending in {row.last_four} is destroyed here. Delete it at Google too."
        card.success(text)
    return card.redirect()


@require_POST
@member_view(Power.CREDENTIAL_MANAGE)
def client_check(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Ask Google now whether the client works."""
    row = own_client(request, pk)
    card = NoticesAt(request, card_of(request, row))
    if asks_too_often(request.tenant, card):
        return card.redirect()
    try:
        problem = client_secrets.check(row, by_person(request))
    except _NOT_NOW as error:
        card.warning(f"{row.name} could not be checked. {error}")
    else:
        if problem:
            card.error(f"{row.name} does not work. {problem}")
        else:
            card.success(f"{row.name} works: Google accepted it just now.")
    return card.redirect()


def own_client(request: TenantRequest, pk: UUID) -> OAuthClient:
    """The tenant's own client `pk`; not found when it is the portal's, or removed."""
    rows = OAuthClient.objects.filter(tenant=request.tenant, removed_at=None)
    return get_object_or_404(rows.select_related("tenant"), pk=pk)


def card_of(request: TenantRequest, client: OAuthClient) -> str:
    """The page of all credentials, at this one."""
    return f"{reverse('credentials', args=[request.tenant.slug])}#client-{client.pk}"


def _page(request: TenantRequest, form: ClientSecretForm, title: str) -> HttpResponse:
    context = {"form": form, "form_title": title, "label": "Try it and keep it"}
    if isinstance(form, ClientForm):
        context["returns"] = needed()
    return render(request, "tokens/credential_form.html", context)
