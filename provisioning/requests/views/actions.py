"""What people do on the page of a request. Each is a form; each answers with a redirect."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.audit.recording import by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.web.redirects import SeeOther
from accounts.web.sessions import session_key
from provisioning.analytics.backends import Backend
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.completion import finish_setup, lacks_grant
from provisioning.requests.services.departure import leave_for_terms
from provisioning.requests.services.requests import (
    cancel,
    check_now,
    choose_account,
    choose_none,
    start_over,
    try_again,
    use_connection,
    wait_for,
)
from provisioning.requests.services.transitions import TooLate, UnlawfulMove
from provisioning.requests.states import Status
from provisioning.requests.views.requests import enqueue
from tokens.connections.services.client_choice import creators
from tokens.connections.services.oauth_flow import FlowPurpose
from tokens.connections.views.choosing import chosen_client
from tokens.connections.views.leaving import leave
from tokens.google.errors import GoogleError

_NOT_ASKED = (
    "Google could not be asked whether an earlier ticket has created the account already, so you "
    "were not sent to the terms. Try again in a minute."
)


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_again(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Try again, retry now, resume, or get a new ticket; `fresh` whatever came of the last."""
    act = start_over if request.POST.get("fresh") else try_again
    return _act(request, pk, lambda row: act(row, by_person(request)))


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_finish(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Finish the set-up of an account that exists."""
    only = request.POST.get("step", "")
    return _act(request, pk, lambda row: finish_setup(row, by_person(request), only=only))


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_check(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The person says that the terms are accepted: look at Google now."""
    return _act(request, pk, lambda row: check_now(row, by_person(request)))


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_cancel(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Stop for good."""
    return _act(request, pk, lambda row: cancel(row, by_person(request)))


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_choose(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Say which of the accounts that were found is the one, or that none is."""
    wanted = request.POST.get("account", "")
    if not wanted:
        return _act(request, pk, lambda row: choose_none(row, by_person(request)))
    return _act(request, pk, lambda row: choose_account(row, wanted, by_person(request)))


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_use(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Try again through another connected Google account."""
    wanted = request.POST.get("connection", "")
    usable = {str(row.pk): row for row in creators()}
    if wanted not in usable:
        messages.error(request, "That Google account is not connected here. Choose another one.")
        return SeeOther(_row(pk).get_absolute_url())
    return _act(request, pk, lambda row: use_connection(row, usable[wanted], by_person(request)))


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_connect(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Leave for Google to connect the account that this request waits for."""
    row = _row(pk)
    purpose = FlowPurpose(
        reconnects=row.connection if _repairs(row) else None,
        return_to=_back_to(row),
        legacy=row.backend == Backend.V3,
        access=bool(row.access_email),
        through=chosen_client(request),
    )
    flow, url = leave(request, purpose, tenant=request.tenant, user=request.user)
    wait_for(row, flow)
    return SeeOther(url)


@require_POST
@member_view(Power.REQUEST_MANAGE)
def request_terms(request: TenantRequest, pk: UUID) -> HttpResponse:
    """Leave for Google's terms page."""
    row = _row(pk)
    try:
        url = leave_for_terms(
            row,
            user=request.user,
            session_key=session_key(request),
            actor=by_person(request),
        )
    except GoogleError as error:
        messages.warning(request, f"{_NOT_ASKED} {error}")
        return SeeOther(row.get_absolute_url())
    except TooLate:
        url = ""
    if not url:
        messages.warning(request, "This ticket has ended. The page shows what to do now.")
        enqueue(row)
    return SeeOther(url or row.get_absolute_url())


def _repairs(row: ProvisioningRequest) -> bool:
    """Whether the same Google account has to be connected again, and not just any."""
    return row.status == Status.NEEDS_RECONNECT or lacks_grant(row)


def _back_to(row: ProvisioningRequest) -> str:
    """Where whoever left to connect comes back to: a draft goes on with its details."""
    if row.status == Status.DRAFT:
        return reverse("request-details", args=[row.tenant.slug, row.pk])
    return row.get_absolute_url()


def _row(pk: UUID) -> ProvisioningRequest:
    return get_object_or_404(
        ProvisioningRequest.objects.select_related("tenant", "connection__client"), pk=pk
    )


def _act(
    request: TenantRequest, pk: UUID, act: Callable[[ProvisioningRequest], None]
) -> HttpResponse:
    """Do `act`, unless the page that the form stood on shows a state that is over."""
    row = _row(pk)
    drawn_from = request.POST.get("version", str(row.version))
    try:
        done = drawn_from == str(row.version)
        if done:
            act(row)
    except (TooLate, UnlawfulMove):
        done = False
    if done:
        enqueue(row)
    else:
        messages.info(
            request, "The request has moved on meanwhile, so nothing was done. This is its state."
        )
    return SeeOther(row.get_absolute_url())
