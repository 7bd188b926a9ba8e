"""Details and their order: Google account first, details taken up again, the tenant's choice."""

import uuid
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit.recording import by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.values.ids import as_id
from accounts.web.redirects import SeeOther
from provisioning.analytics.backends import Backend
from provisioning.requests.account_limit import full_accounts
from provisioning.requests.forms import NEW_CONNECTION, OPTION_FIELDS, DefaultsForm, RequestForm
from provisioning.requests.initial_values import asked_backend, from_address, known
from provisioning.requests.models.defaults import ProvisioningDefaults
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.defaults import save_defaults
from provisioning.requests.services.drafts import (
    begin_draft,
    connection_of,
    may_change,
    save_details,
)
from provisioning.requests.services.requests import wait_for
from provisioning.requests.services.transitions import TooLate, UnlawfulMove
from provisioning.requests.states import Status
from provisioning.requests.steps import Step, shown
from provisioning.requests.views.requests import enqueue
from tokens.clients.redirect_uris import needed
from tokens.connections.services.client_choice import creators
from tokens.connections.services.oauth_flow import FlowPurpose
from tokens.connections.views.choosing import chosen_client
from tokens.connections.views.leaving import leave
from tokens.service_accounts.models.service_account import ServiceAccount


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_start(request: TenantRequest) -> HttpResponse:
    """Begin with the Google account: keep a draft, and go to Google or straight to the details."""
    chosen, through = request.POST.get("connection", ""), chosen_client(request)
    usable = {str(row.pk): row for row in creators()}
    prefilled = from_address(request.POST)
    for sentence in prefilled.left_out:
        messages.warning(request, sentence)
    draft = begin_draft(
        tenant=request.tenant,
        known=prefilled.values,
        connection=usable.get(chosen),
        submission=_submission(request),
        actor=by_person(request),
        backend=asked_backend(request.POST, request.tenant),
    )
    details = reverse("request-details", args=[request.tenant.slug, draft.pk])
    if chosen in usable or draft.status != Status.DRAFT:
        return SeeOther(details)
    purpose = FlowPurpose(return_to=details, legacy=draft.backend == Backend.V3, through=through)
    flow, url = leave(request, purpose, tenant=request.tenant, user=request.user)
    wait_for(draft, flow)
    return SeeOther(url)


def _submission(request: TenantRequest) -> UUID:
    return as_id(request.POST.get("submission", "")) or uuid.uuid4()


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.REQUEST_MANAGE)
def request_details(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The details of a request of which nothing exists at Google yet, with all that was typed."""
    row = get_object_or_404(
        ProvisioningRequest.objects.select_related("tenant", "connection", "account"), pk=pk
    )
    if not may_change(row):
        messages.info(
            request, "The details cannot be changed any more. This is what became of them."
        )
        return SeeOther(row.get_absolute_url())
    usable = list(creators())
    form = RequestForm(
        request.POST or None,
        connections=usable,
        full=full_accounts(usable),
        backend=Backend(row.backend),
        changes=row,
        initial=_kept(request, row),
    )
    if form.is_valid():
        try:
            save_details(row, form.spec, form.chosen, by_person(request))
        except TooLate:
            messages.info(request, "The request has moved on meanwhile, so nothing was changed.")
        except UnlawfulMove:
            form.add_error("connection", "Choose a Google account that is connected already.")
        if not form.errors:
            enqueue(row)
            return SeeOther(row.get_absolute_url())
    context = {
        "form": form,
        "item": row,
        "connections": usable,
        "service_accounts": ServiceAccount.objects.exists(),
        "pattern": ProvisioningDefaults.objects.of(request.tenant).account_name_pattern,
        "backend": row.backend,
        "steps": shown(
            Step.DETAILS, google_first=row.status == Status.DRAFT and connection_of(row) is not None
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "provisioning/request_new.html", context, status=status)


@require_safe
@member_view(Power.REQUEST_MANAGE)
def same_website(request: TenantRequest) -> HttpResponse:
    """What there is for a website already, for a form in which one has just been typed."""
    if not request.htmx:
        query = urlencode({"website_url": request.GET.get("website_url", "")})
        return SeeOther(f"{reverse('request-new', args=[request.tenant.slug])}?{query}")
    pk = as_id(request.GET.get("changes", ""))
    changes = ProvisioningRequest.objects.filter(pk=pk).first() if pk else None
    form = RequestForm(initial=request.GET.dict(), connections=[], changes=changes)
    return render(request, "provisioning/parts/same_website.html", {"form": form})


def _came_from_google(row: ProvisioningRequest) -> bool:
    """Whether the Google account is there already, and the details are the step after it."""
    return row.status == Status.DRAFT and connection_of(row) is not None


def _kept(request: TenantRequest, row: ProvisioningRequest) -> dict[str, Any]:
    """What the form begins with: all that was typed, then what is known otherwise."""
    names = ("account_name", "property_name", "stream_name", "website_url")
    typed = {
        name: getattr(row, name) for name in (*names, "time_zone", "region_code", *OPTION_FIELDS)
    }
    kept = {name: value for name, value in typed.items() if value}
    known_already = {**from_address(request.GET).values, **kept}
    rest = known(known_already, ProvisioningDefaults.objects.of(request.tenant))
    connection = connection_of(row)
    return {
        **rest,
        "connection": str(connection.pk) if connection else NEW_CONNECTION,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.DEFAULTS_MANAGE)
def provisioning_settings(request: TenantRequest) -> HttpResponse:
    """Which flow, API, names and places this tenant's requests begin with."""
    now = ProvisioningDefaults.objects.of(request.tenant)
    form = DefaultsForm(
        request.POST or None,
        initial={name: getattr(now, name) for name in DefaultsForm.base_fields},
    )
    if form.is_valid():
        save_defaults(request.tenant, form.choices, by_person(request))
        messages.success(
            request, "Saved. New requests begin like this; others keep what they have."
        )
        return SeeOther(reverse("provisioning-settings", args=[request.tenant.slug]))
    status = 422 if form.is_bound else 200
    context = {"form": form, "addresses": needed()}
    return render(request, "provisioning/settings.html", context, status=status)
