"""Using an existing account: found among all that Google lists, then picked."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.audit import by_person
from accounts.roles import Power
from accounts.views.door import TenantRequest, member_view
from accounts.views.redirects import SeeOther
from provisioning.models import ProvisioningRequest
from provisioning.models.request import Dialect
from provisioning.services.defaults import usual_dialect
from provisioning.services.existing import (
    NotThere,
    RecordedAlready,
    list_accounts,
    list_streams,
    use_existing,
    verify_pick,
)
from provisioning.services.moves import TooLate, UnlawfulMove
from tokens.google.errors import GoogleError
from tokens.keys import SecretUnreadable
from tokens.models import GoogleConnection, ServiceAccount
from tokens.services.access import ConnectionUnusable
from tokens.services.readers import Reader, readers
from tokens.services.service_accounts import Refused

_PAGE_SIZE = 25
_TEMPLATE = "provisioning/existing.html"


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.REQUEST_MANAGE)
def request_existing(request: TenantRequest) -> HttpResponse:
    """Choose a Google account, find the Analytics account, pick property and stream."""
    asked = request.POST if request.method == "POST" else request.GET
    row = _for(asked.get("request", ""))
    if (row.dialect if row else usual_dialect(request.tenant)) != Dialect.GA4:
        return render(request, _TEMPLATE, {"legacy": True, "for_request": row})
    usable = readers()
    only = next(iter(usable.values())) if len(usable) == 1 else None
    reader = usable.get(asked.get("connection", ""), only)
    context: dict[str, Any] = {
        "connections": [one for one in usable.values() if isinstance(one, GoogleConnection)],
        "robots": [one for one in usable.values() if isinstance(one, ServiceAccount)],
        "connection": reader,
        "is_robot": isinstance(reader, ServiceAccount),
        "q": asked.get("q", "").strip(),
        "for_request": asked.get("request", ""),
    }
    if reader is None:
        return render(request, _TEMPLATE, context)
    try:
        if request.method == "POST":
            return _picked(request, reader, row)
        context |= _found(request, reader, context["q"])
    except (GoogleError, ConnectionUnusable, Refused, SecretUnreadable) as error:
        # Nothing is known about what exists, so nothing new is offered in its place.
        context |= {"problem": str(error), "again": request.get_full_path()}
        return render(request, _TEMPLATE, context, status=502)
    return render(request, _TEMPLATE, context)


def _found(request: TenantRequest, reader: Reader, words: str) -> dict[str, Any]:
    accounts = list_accounts(reader)
    chosen = next(
        (one for one in accounts if one.account_id == request.GET.get("account", "")), None
    )
    if chosen is not None:
        wanted = request.GET.get("property", "")
        known = next((one for one in chosen.properties if one.property_id == wanted), None)
        streams = list_streams(reader, known.property_id) if known else []
        return {
            "account": chosen,
            "property": known,
            "streams": streams,
            "submission": uuid.uuid4(),
        }
    matching = [one for one in accounts if one.has_words(words)]
    page = Paginator(matching, _PAGE_SIZE).get_page(request.GET.get("page"))
    return {"page_obj": page, "many": len(accounts)}


def _picked(
    request: TenantRequest, reader: Reader, row: ProvisioningRequest | None
) -> HttpResponse:
    form = request.POST
    here = reverse("request-existing", args=[request.tenant.slug])
    back = f"{here}?connection={reader.pk}"
    try:
        used = use_existing(
            tenant=request.tenant,
            reader=reader,
            picked=verify_pick(
                reader,
                form.get("account", ""),
                form.get("property", ""),
                form.get("stream", ""),
            ),
            submission=_id(form.get("submission", "")) or uuid.uuid4(),
            actor=by_person(request),
            request=row,
        )
    except NotThere as error:
        messages.error(
            request, f"Google does not list {error} for {reader.email}. Nothing was recorded."
        )
    except RecordedAlready:
        messages.info(request, "You have this account, property and stream already.")
    except (UnlawfulMove, TooLate):
        messages.info(request, "The request has moved on meanwhile, so nothing was recorded.")
    else:
        return SeeOther(used.get_absolute_url())
    return SeeOther(back)


def _for(text: str) -> ProvisioningRequest | None:
    """The request that the account is picked for, if there is one."""
    pk = _id(text)
    rows = ProvisioningRequest.objects.select_related("tenant", "account")
    return rows.filter(pk=pk).first() if pk else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
