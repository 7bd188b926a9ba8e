"""Using an existing account: found among all that Google lists, then picked."""

import math
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.audit.recording import by_person
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.values.ids import as_id
from accounts.values.text import seen
from accounts.web.redirects import SeeOther
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backends import offered
from provisioning.existing.services import (
    NotThere,
    RecordedAlready,
    look_up,
    use_existing,
    verify_pick,
)
from provisioning.requests.initial_values import asked_backend
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.transitions import TooLate, UnlawfulMove
from tokens.clients.services.clients import to_choose_from
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import ConnectionUnusable
from tokens.connections.services.api_credentials import Reader, readers
from tokens.encryption.refusals import Refused
from tokens.encryption.sealing import SecretUnreadable
from tokens.google.errors import ErrorKind, GoogleError
from tokens.service_accounts.models.service_account import ServiceAccount

_PAGE_SIZE = 25
_TEMPLATE = "provisioning/existing.html"


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.REQUEST_MANAGE)
def request_existing(request: TenantRequest) -> HttpResponse:
    """Choose a Google account, find the Analytics account, pick property and stream."""
    asked = request.POST if request.method == "POST" else request.GET
    row = _for(asked.get("request", ""))
    backend = asked_backend(asked, request.tenant, row)
    usable = readers()
    only = next(iter(usable.values())) if len(usable) == 1 else None
    reader = usable.get(asked.get("connection", ""), only)
    context: dict[str, Any] = {
        "connections": [one for one in usable.values() if isinstance(one, GoogleConnection)],
        "service_accounts": [one for one in usable.values() if isinstance(one, ServiceAccount)],
        "connection": reader,
        "is_robot": isinstance(reader, ServiceAccount),
        "q": seen(asked.get("q", "")),
        "for_request": asked.get("request", ""),
        "backend": backend,
        "backends": offered(),
        "legacy": backend is Backend.V3,
        **{f"{one.value}_query": _query_for(asked, one) for one in Backend},
    }
    if reader is None:
        context["client_choices"] = to_choose_from()
        return render(request, _TEMPLATE, context)
    try:
        if request.method == "POST":
            return _picked(request, reader, backend, row)
        context |= _found(request, reader, backend, context["q"])
    except (GoogleError, ConnectionUnusable, Refused, SecretUnreadable) as error:
        # Nothing is known about what exists, so nothing new is offered in its place.
        gone = isinstance(error, GoogleError) and error.kind is ErrorKind.API_GONE
        context |= {"problem": _said(error), "gone": gone, "again": request.get_full_path()}
        return render(request, _TEMPLATE, context, status=410 if gone else 502)
    return render(request, _TEMPLATE, context)


def _said(error: Exception) -> str:
    """What went wrong, and how long to wait where that is known."""
    seconds = error.retry_after if isinstance(error, GoogleError) else None
    return f"{error} Try again in {_spoken(seconds)}." if seconds else str(error)


def _spoken(seconds: float) -> str:
    """So long, in the unit that people would use."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds > 2 * size:
            return f"{math.ceil(seconds / size)} {unit}"
    return f"{math.ceil(seconds)} seconds"


def _query_for(asked: QueryDict, backend: Backend) -> str:
    """The query of the same list in `backend`, from its first page."""
    kept = {name: asked.get(name, "") for name in ("connection", "request")}
    return urlencode({**{name: value for name, value in kept.items() if value}, "backend": backend})


def _found(request: TenantRequest, reader: Reader, backend: Backend, words: str) -> dict[str, Any]:
    asked = request.GET
    listing = look_up(reader, backend, asked.get("account", ""), asked.get("property", ""))
    if listing.account is not None:
        return {
            "account": listing.account,
            "property": listing.prop,
            "streams": listing.streams,
            "submission": uuid.uuid4(),
        }
    matching = [one for one in listing.accounts if one.has_words(words)]
    page = Paginator(matching, _PAGE_SIZE).get_page(asked.get("page"))
    return {"page_obj": page, "many": len(listing.accounts)}


def _picked(
    request: TenantRequest, reader: Reader, backend: Backend, row: ProvisioningRequest | None
) -> HttpResponse:
    form = request.POST
    here = reverse("request-existing", args=[request.tenant.slug])
    back = f"{here}?connection={reader.pk}&backend={backend.value}"
    try:
        used = use_existing(
            tenant=request.tenant,
            reader=reader,
            picked=verify_pick(
                reader,
                backend,
                form.get("account", ""),
                form.get("property", ""),
                form.get("stream", ""),
            ),
            submission=as_id(form.get("submission", "")) or uuid.uuid4(),
            actor=by_person(request),
            request=row,
        )
    except NotThere as error:
        messages.error(
            request, f"Google does not list {error} for {reader.email}. Nothing was recorded."
        )
    except RecordedAlready:
        messages.info(request, "You have this account and property already.")
    except (UnlawfulMove, TooLate):
        messages.info(request, "The request has moved on meanwhile, so nothing was recorded.")
    else:
        return SeeOther(used.get_absolute_url())
    return SeeOther(back)


def _for(text: str) -> ProvisioningRequest | None:
    """The request that the account is picked for, if there is one."""
    pk = as_id(text)
    rows = ProvisioningRequest.objects.select_related("tenant", "account")
    return rows.filter(pk=pk).first() if pk else None
