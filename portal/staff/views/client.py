"""Staff pages of the portal's own OAuth client: upload it, rotate its secrets, take it away.

Every group of staff sees how it stands; key keepers change it, and say why.
Read inside `across_tenants()`, which staff pages open.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audit.recording import Actor, by_staff
from accounts.members.policies import staff_may
from accounts.members.roles import StaffPower
from portal.pages.dashboard import under_way_through
from portal.staff.forms import PortalClientForm, PortalSecretForm, WhyForm
from tokens.clients.models.client import OAuthClient, PortalSecret
from tokens.clients.redirect_uris import needed
from tokens.clients.services import client_secrets
from tokens.clients.services.clients import known_portal_client
from tokens.clients.services.clients import uploaded_clients as all_uploaded
from tokens.connections.services import uploaded_clients
from tokens.connections.services.client_removal import living_through
from tokens.connections.services.uploaded_clients import connected_through
from tokens.encryption.availability import PortalSealed
from tokens.encryption.refusals import Refused
from tokens.encryption.sealing import SecretUnreadable
from tokens.google.errors import GoogleError

_ENDS = "Workers end what was connected through it within seconds."
_PAGE = "admin:portal-client"
_NOT_NOW = (GoogleError, PortalSealed, Refused, SecretUnreadable)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _for(power: StaffPower) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not staff_may(request.user, power):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return door

    return decorate


@require_safe
@_for(StaffPower.READ)
def staff_client(request: HttpRequest) -> HttpResponse:
    """Which client is used and why, those that are here, and whom each of them serves."""
    rows = all_uploaded().select_related("added_by").prefetch_related("portal_secrets")
    context = _where() | {
        "first": next(iter(rows), None),
        "clients": [(row, connected_through(row)) for row in rows],
        "may_change": staff_may(request.user, StaffPower.ROTATE),
        "returns": needed(),
    }
    return _page(request, "admin/staff_client.html", "The portal's own OAuth client", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@_for(StaffPower.ROTATE)
def staff_client_new(request: HttpRequest) -> HttpResponse:
    """Upload a client: its file, or id and secret."""
    form = PortalClientForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = uploaded_clients.add(form.cleaned_data["name"], form.client_file, _by(request))
        except _NOT_NOW as error:
            form.add_error(None, str(error))
        else:
            text = f"Google accepts {row.client_id}, and its secret is encrypted here."
            messages.success(request, text)
            return redirect(_PAGE)
    context = _where() | {"form": form, "label": "Try it and keep it", "returns": needed()}
    used = context["used"]
    context["serves"] = connected_through(used) if used else None
    return _page(request, "admin/staff_client_form.html", "Upload an OAuth client", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@_for(StaffPower.ROTATE)
def staff_client_secret(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add the second secret of a client."""
    row = _uploaded(pk)
    form = PortalSecretForm(request.POST or None, request.FILES or None, client_id=row.client_id)
    if request.method == "POST" and form.is_valid():
        try:
            client_secrets.add_secret(row, form.client_file, _by(request))
        except _NOT_NOW as error:
            form.add_error(None, str(error))
        else:
            text = f"{row} uses the new secret. Remove the old one here, then at Google."
            messages.success(request, text)
            return redirect(_PAGE)
    context = {"form": form, "label": "Try it and keep it", "client": row}
    return _page(request, "admin/staff_client_form.html", f"A second secret for “{row}”", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_for(StaffPower.ROTATE)
def staff_client_check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask Google now whether the client works."""
    row = _uploaded(pk)

    def act(actor: Actor) -> None:
        if problem := client_secrets.check(row, actor):
            messages.error(request, f"{row} does not work. {problem}")
        else:
            messages.success(request, f"{row} works: Google accepted it just now.")

    context = {"client": row, "what": "check", "label": "Check it"}
    return _act(request, act, f"Check “{row}” at Google", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_for(StaffPower.ROTATE)
def staff_client_choose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Use a client that was uploaded before for new connections again."""
    row = _uploaded(pk)

    def act(actor: Actor) -> None:
        uploaded_clients.choose(row, actor)
        messages.success(request, f"{row.client_id} is the one that was chosen last.")

    context = _where() | {"client": row, "what": "choose", "label": "Use it"}
    return _act(request, act, f"Use “{row}” for new connections", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_for(StaffPower.ROTATE)
def staff_client_secret_remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take away one of two secrets, when the other works."""
    row = get_object_or_404(PortalSecret.objects.select_related("client"), pk=pk)

    def act(actor: Actor) -> None:
        client_secrets.remove_secret(row, actor)
        text = f"The secret ending in {row.last_four} is destroyed here. Delete it at Google too."
        messages.success(request, text)

    context = {"client": row.client, "secret": row, "what": "secret", "label": "Remove it"}
    title = f"Remove the secret ending in {row.last_four}"
    return _act(request, act, title, context)


@require_http_methods(["GET", "HEAD", "POST"])
@_for(StaffPower.ROTATE)
def staff_client_remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what ends with the client, in all organisations; end it when the form is sent."""
    row = _uploaded(pk)

    def act(actor: Actor) -> None:
        uploaded_clients.remove(row, actor)
        ends = "" if uploaded_clients.is_named_by_environment(row) else _ENDS
        text = f"{row} is removed and its secrets are destroyed here. {ends}"
        messages.success(request, text.strip())

    context = {
        "client": row,
        "what": "remove",
        "label": "Remove it",
        "serves": connected_through(row),
        "is_named": uploaded_clients.is_named_by_environment(row),
        "under_way": under_way_through(living_through(row)),
        "is_last": not settings.GOOGLE_CLIENT_ID and not all_uploaded().exclude(pk=pk).exists(),
    }
    return _act(request, act, f"Remove “{row}”", context)


def _act(
    request: HttpRequest, act: Callable[[Actor], None], title: str, context: dict[str, Any]
) -> HttpResponse:
    """Say what an act does and ask why; do it when the form is sent."""
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(_by(request))
        except _NOT_NOW as error:
            messages.error(request, f"Nothing was done. {error}")
        return redirect(_PAGE)
    return _page(request, "admin/staff_client_act.html", title, context | {"form": form})


def _by(request: HttpRequest) -> Actor:
    """Called with a form that is valid: the reason is there, and not too long."""
    return by_staff(request, request.POST["reason"].strip())


def _uploaded(pk: UUID) -> OAuthClient:
    return get_object_or_404(all_uploaded(), pk=pk)


def _where() -> dict[str, Any]:
    """Which client new connections go through, and which setting says so."""
    used = known_portal_client()
    named_by = settings.GOOGLE_CLIENT_NAMED_BY
    also = ("GOOGLE_CLIENT_SECRET", "GOOGLE_CLIENT_SECRET_OLD") if named_by.endswith("ID") else ()
    is_here = used is not None and used.portal_secrets.exists()
    return {
        "used": used,
        "named_by": named_by,
        "to_take_out": [named_by, *(name for name in also if getattr(settings, name))],
        "needs_upload": connected_through(used) if used and named_by and not is_here else None,
    }


def _page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any]
) -> TemplateResponse:
    shown = admin.site.each_context(request) | {"title": title} | context
    return TemplateResponse(request, template, shown)
