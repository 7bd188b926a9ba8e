"""The page of a tenant's credentials, and what is done to them."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit.recording import Actor, by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.tenancy.scope import TenantManager
from accounts.web.notices import NoticesAt
from accounts.web.redirects import SeeOther
from tokens.api_keys.models import ApiKey
from tokens.api_keys.services import api_keys, quota_keys
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import known_portal_client
from tokens.connections.states import ConnectionStatus
from tokens.connections.views.asking import asks_too_often
from tokens.credentials.forms import ApiKeyForm, ApiKeyProjectForm, KeyFileForm
from tokens.encryption.availability import PortalSealed
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.refusals import Refused
from tokens.encryption.sealing import SecretUnreadable
from tokens.google.errors import GoogleError
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import (
    ServiceAccount,
    ServiceAccountKey,
    ServiceAccountKeyState,
)
from tokens.service_accounts.services import service_accounts
from tokens.service_accounts.services.rotation import schedule, start
from tokens.service_accounts.tasks import rotate_account

C = TypeVar("C", ApiKey, ServiceAccount)

_NOT_NOW = (GoogleError, PortalSealed, SecretUnreadable)


@require_safe
@member_view(Power.CREDENTIAL_READ)
def credentials(request: TenantRequest) -> HttpResponse:
    """Every credential that the portal keeps for this tenant, as cards."""
    active = ServiceAccountKey.objects.filter(state=ServiceAccountKeyState.ACTIVE)
    accounts = ServiceAccount.objects.select_related("added_by", "tenant").prefetch_related(
        Prefetch("keys", active, to_attr="active_keys"),
        Prefetch("rotations", ServiceAccountRotation.objects.all(), to_attr="past_rotations"),
    )
    clients = _clients(request)
    rows = ApiKey.objects.select_related("added_by", "tenant")
    context = {
        "clients": clients,
        "accounts": accounts,
        "api_keys": quota_keys.uses(rows, [*clients, *accounts]),
        "data_key": TenantKey.objects.filter(state=KeyState.ACTIVE).first(),
        "resealing": TenantKey.objects.filter(state=KeyState.OPENS_ONLY, emptied_at=None).exists(),
        "may_change": request.membership.may(Power.CREDENTIAL_MANAGE),
    }
    return render(request, "tokens/credentials.html", context)


def _clients(request: TenantRequest) -> QuerySet[OAuthClient]:
    """The tenant's own and the portal's, each with how many of the tenant's connections live."""
    mine = Q(connections__tenant=request.tenant) & ~Q(
        connections__status=ConnectionStatus.DISCONNECTED
    )
    rows = OAuthClient.objects.filter(removed_at=None).select_related("added_by")
    rows = rows.annotate(living=Count("connections", filter=mine))
    portals = known_portal_client()
    used = rows.filter(
        Q(tenant=request.tenant) | Q(pk=portals.pk if portals else None) | Q(living__gt=0)
    )
    return used.prefetch_related("secrets").order_by(F("tenant").asc(nulls_last=True), "name")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE)
def service_account_new(request: TenantRequest) -> HttpResponse:
    """Upload the key of a service account that the portal does not have."""
    form = KeyFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = service_accounts.add(request.tenant, form.key_file, by_person(request))
        except (Refused, *_NOT_NOW) as error:
            form.add_error("file", str(error))
        else:
            card = NoticesAt(request, account.get_absolute_url())
            card.success(f"{account.email} works, and its key is sealed here.")
            return card.redirect()
    return _form_page(request, form, "Add a service account", "Try it and keep it")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE)
def service_account_key(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Upload a new key for a service account."""
    account = get_object_or_404(ServiceAccount.objects.select_related("tenant"), pk=pk)
    card = NoticesAt(request, account.get_absolute_url())
    form = KeyFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            service_accounts.replace_key(account, form.key_file, by_person(request))
        except (Refused, *_NOT_NOW) as error:
            form.add_error("file", str(error))
        else:
            text = f"{account.email} uses the new key. Delete the old one in Google Cloud now."
            card.success(text)
            return card.redirect()
    return _form_page(request, form, f"A new key for {account.email}", "Try it and switch")


@require_POST
@member_view(Power.CREDENTIAL_MANAGE)
def service_account_check(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Ask Google now whether the account works."""
    account = get_object_or_404(ServiceAccount.objects.select_related("tenant"), pk=pk)
    card = NoticesAt(request, account.get_absolute_url())
    if asks_too_often(request.tenant, card):
        return card.redirect()
    try:
        problem = service_accounts.check(account, by_person(request))
    except _NOT_NOW as error:
        card.warning(f"{account.email} could not be checked. {error}")
    else:
        _say(card, account.email, problem)
    return card.redirect()


@require_POST
@member_view(Power.CREDENTIAL_MANAGE)
def service_account_rotate(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Have Google make a new key, and replace the present one by it."""
    account = get_object_or_404(ServiceAccount.objects.select_related("tenant"), pk=pk)
    card = NoticesAt(request, account.get_absolute_url())
    try:
        rotation = start(account, by_person(request))
    except Refused as refused:
        card.error(f"The key of {account.email} was not rotated. {refused}")
    else:
        rotate_account.delay_on_commit(str(account.tenant_id), str(rotation.pk))
        text = f"The key of {account.email} is being rotated. The present one works meanwhile."
        card.success(text)
    return card.redirect()


@require_POST
@member_view(Power.CREDENTIAL_MANAGE)
def service_account_schedule(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Rotate the key by its age, or only when somebody asks."""
    account = get_object_or_404(ServiceAccount.objects.select_related("tenant"), pk=pk)
    card = NoticesAt(request, account.get_absolute_url())
    by_itself = request.POST.get("by_itself") == "yes"
    try:
        schedule(account, by_person(request), by_itself=by_itself)
    except Refused as refused:
        card.error(f"Nothing was changed. {refused}")
    else:
        how = "by itself, when it is old" if by_itself else "only when somebody asks"
        card.success(f"The key of {account.email} is rotated {how}.")
    return card.redirect()


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE)
def service_account_remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Say what removing an account does; do it when the form is sent."""
    return _remove(request, ServiceAccount.objects, pk, service_accounts.remove)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE)
def api_key_new(request: TenantRequest) -> HttpResponse:
    """Add an API key."""
    form = ApiKeyForm(request.POST or None, initial={"project": _only_project()})
    if request.method == "POST" and form.is_valid():
        try:
            row = api_keys.add(request.tenant, **form.cleaned_data, actor=by_person(request))
        except (Refused, *_NOT_NOW) as error:
            form.add_error(None, str(error))
        else:
            card = NoticesAt(request, row.get_absolute_url())
            card.success(f"Google accepts {row.name}, and it is sealed here.")
            return card.redirect()
    return _form_page(request, form, "Add an API key", "Try it and keep it")


def _only_project() -> str:
    """The project of the tenant's own OAuth clients, where all are of the same."""
    own = OAuthClient.objects.filter(tenant__isnull=False, removed_at=None).exclude(project="")
    projects = set(own.values_list("project", flat=True))
    return projects.pop() if len(projects) == 1 else ""


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE)
def api_key_project(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Say of which project a key is."""
    row = get_object_or_404(ApiKey.objects.select_related("tenant"), pk=pk)
    card = NoticesAt(request, row.get_absolute_url())
    initial = {"project": row.project or _only_project()}
    form = ApiKeyProjectForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        project = form.cleaned_data["project"]
        api_keys.name_project(row, project, by_person(request))
        goes = f"goes along with what is read in {project}" if project else "is kept, and not sent"
        card.success(f"{row.name} {goes}.")
        return card.redirect()
    context = {"form": form, "form_title": f"The project of {row.name}", "label": "Keep it so"}
    return render(request, "tokens/api_key_project.html", context)


@require_POST
@member_view(Power.CREDENTIAL_MANAGE)
def api_key_check(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Ask Google now whether the key works."""
    row = get_object_or_404(ApiKey.objects.select_related("tenant"), pk=pk)
    card = NoticesAt(request, row.get_absolute_url())
    if asks_too_often(request.tenant, card):
        return card.redirect()
    try:
        problem = api_keys.check(row, by_person(request))
    except _NOT_NOW as error:
        card.warning(f"{row.name} could not be checked. {error}")
    else:
        _say(card, row.name, problem)
    return card.redirect()


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.CREDENTIAL_MANAGE)
def api_key_remove(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Say what removing a key does; do it when the form is sent."""
    return _remove(request, ApiKey.objects, pk, api_keys.remove)


def _remove(
    request: TenantRequest, rows: TenantManager[C], pk: UUID, act: Callable[[C, Actor], None]
) -> HttpResponse:
    row = get_object_or_404(rows.select_related("tenant"), pk=pk)
    if request.method != "POST":
        return render(request, "tokens/credential_remove.html", {"credential": row})
    act(row, by_person(request))
    text = f"{row} is removed and its key destroyed here. Delete the key in Google Cloud too."
    messages.success(request, text)
    return SeeOther(reverse("credentials", args=[request.tenant.slug]))


def _form_page(request: TenantRequest, form: forms.Form, title: str, label: str) -> HttpResponse:
    context = {"form": form, "form_title": title, "label": label}
    return render(request, "tokens/credential_form.html", context)


def _say(card: NoticesAt, name: str, problem: str) -> None:
    if problem:
        card.error(f"{name} does not work. {problem}")
    else:
        card.success(f"{name} works: Google accepted it just now.")
