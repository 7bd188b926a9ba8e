"""The list of requests, the form for a new one, and the page of one."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audit import by_person
from accounts.roles import Power
from accounts.views.door import TenantRequest, member_view
from accounts.views.redirects import SeeOther
from provisioning.filters import RequestFilter
from provisioning.forms import NEW_CONNECTION, RequestForm
from provisioning.models import ProvisioningRequest
from provisioning.services.requests import create_request
from provisioning.states import ENDED, STEPS, Action, Owner, Status
from provisioning.tasks import drive
from provisioning.timeline import timeline
from tokens.models import GoogleConnection

_PAGE_SIZE = 25
# htmx stops polling when it is answered with this status.
STOP_POLLING = 286
_POLL_SECONDS = {Owner.WORKER: 2, Owner.PERSON: 5}


@require_safe
@member_view(Power.REQUEST_READ)
def requests(request: TenantRequest) -> HttpResponse:
    """All requests of this tenant, searched and filtered by the URL."""
    found = RequestFilter(request.GET, queryset=ProvisioningRequest.objects.for_lists())
    page = Paginator(found.qs, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "filter": found, "total": page.paginator.count}
    return render(request, "provisioning/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Power.REQUEST_MANAGE)
def request_new(request: TenantRequest) -> HttpResponse:
    """Ask for the details, once; with a usable connection the request starts at once."""
    usable = list(GoogleConnection.objects.usable())
    form = RequestForm(request.POST or None, connections=usable, initial=_known(usable))
    if form.is_valid():
        made, _ = create_request(
            tenant=request.tenant,
            wish=form.wish,
            connection=form.chosen,
            submission=form.submission_id,
            actor=by_person(request),
        )
        nudge(made)
        return SeeOther(made.get_absolute_url())
    status = 422 if form.is_bound else 200
    context = {"form": form, "connections": usable}
    return render(request, "provisioning/request_new.html", context, status=status)


def _known(usable: list[GoogleConnection]) -> dict[str, Any]:
    """What need not be asked again: the only connection, and the last request's place."""
    last = ProvisioningRequest.objects.order_by("-created_at").first()
    return {
        "connection": str(usable[0].pk) if len(usable) == 1 else NEW_CONNECTION,
        "time_zone": last.time_zone if last else "America/Los_Angeles",
        "region_code": last.region_code if last else "US",
    }


def nudge(row: ProvisioningRequest) -> None:
    """Tell a worker after the commit that there is something to do. The sweep would find it too."""
    drive.delay_on_commit(str(row.tenant_id), str(row.pk))


@require_safe
@member_view(Power.REQUEST_READ)
def request_page(request: TenantRequest, pk: UUID) -> HttpResponse:
    """One request: where it stands, what to do now, what happened so far."""
    row = _row(pk)
    if row.status in (Status.AUTHORIZING, Status.NEEDS_RECONNECT):
        # The person may just have come back from connecting; a worker finds out.
        nudge(row)
    return render(request, "provisioning/request.html", _context(request, row))


@require_safe
@member_view(Power.REQUEST_READ)
def request_live(request: TenantRequest, pk: UUID) -> HttpResponse:
    """The changing part of the page of a request, for polling."""
    row = _row(pk)
    if not request.htmx:
        return SeeOther(row.get_absolute_url())
    context = _context(request, row)
    status = 200 if context["live"] else STOP_POLLING
    return render(request, "provisioning/request.html#live", context, status=status)


def _row(pk: UUID) -> ProvisioningRequest:
    rows = ProvisioningRequest.objects.select_related(
        "tenant", "connection", "authorization", "account", "created_by"
    )
    return get_object_or_404(rows, pk=pk)


def _context(request: TenantRequest, row: ProvisioningRequest) -> dict[str, Any]:
    face = row.face
    others = [one for one in GoogleConnection.objects.usable() if one.pk != row.connection_id]
    return {
        "item": row,
        "steps": _steps(row),
        "ticket": row.current_ticket(),
        "timeline": timeline(row, request.user),
        "account": row.provisioned,
        "setup": list(row.steps.all()),
        "attempts": list(row.attempts.all()),
        "action": face.action.value,
        "other_connections": others if face.action is Action.OTHER_ACCOUNT else [],
        "may_manage": request.membership.may(Power.REQUEST_MANAGE),
        "live": row.status not in ENDED,
        "poll_seconds": _POLL_SECONDS.get(face.owner, 5),
    }


def _steps(row: ProvisioningRequest) -> list[tuple[int, str, str]]:
    current = row.face.step
    return [
        (number, name, "done" if number < current else "current" if number == current else "todo")
        for number, name in enumerate(STEPS, start=1)
    ]
