"""The list of requests: searched, sorted, worked on in bulk, taken away as a file."""

from collections.abc import Callable, Iterator
from functools import cached_property
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audit.recording import Actor, by_person, record
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.web.redirects import SeeOther
from provisioning.events import Event
from provisioning.requests.exports import as_csv
from provisioning.requests.filters import SIZES, RequestFilter
from provisioning.requests.models.request import ProvisioningRequest, RequestQuerySet
from provisioning.requests.services.bulk import Result, cancel_many, retry_many
from provisioning.requests.services.outages import open_outages, restart_outage
from provisioning.requests.tasks import run

_REACH = 1000
_MOST_SELECTED = max(SIZES)
_CHUNK = 500
_STICKY = "requests_on_a_page"
_SHAPING = frozenset({"sort", "size", "page"})


class UpToReach(Paginator):  # type: ignore[type-arg]  # generic only in the stubs
    """Counts no further than people turn pages; what is beyond is found by searching.

    Counting everything would make the list slower with every request that is kept.
    """

    object_list: RequestQuerySet

    @cached_property
    def count(self) -> int:
        """How many there are, up to the reach."""
        return self.object_list.order_by()[:_REACH].count()


@require_safe
@member_view(Power.REQUEST_READ)
def requests(request: TenantRequest) -> HttpResponse:
    """All requests of this tenant, searched, filtered and sorted by the URL."""
    chosen = _filter(request)
    page = UpToReach(chosen.found, chosen.rows_on_a_page).get_page(request.GET.get("page"))
    narrowed = any(request.GET.get(name) for name in chosen.filters if name not in _SHAPING)
    context = {
        "page_obj": page,
        "filter": chosen,
        "narrowed": narrowed,
        "anything": narrowed or page.paginator.count,
        "reach": _REACH if page.paginator.count >= _REACH else None,
        "query": request.GET.urlencode(),
        "outages": open_outages(),
    }
    template = "provisioning/requests.html"
    part = (
        f"{template}#live"
        if request.htmx and not request.htmx.history_restore_request
        else template
    )
    return render(request, part, context)


def _filter(request: TenantRequest) -> RequestFilter:
    """The filter of the URL; the size of a page is remembered from one visit to the next."""
    asked = request.GET.copy()
    if "size" in asked:
        request.session[_STICKY] = asked["size"]
    elif _STICKY in request.session:
        asked["size"] = request.session[_STICKY]
    return RequestFilter(asked, queryset=ProvisioningRequest.objects.for_lists(), request=request)


@require_safe
@member_view(Power.REQUEST_READ)
def requests_export(request: TenantRequest) -> StreamingHttpResponse:
    """What the list shows with these filters, all of it, as a CSV file."""
    chosen = RequestFilter(
        request.GET, queryset=ProvisioningRequest.objects.for_lists(), request=request
    )
    rows = chosen.found.order_by("-created_at", "-pk")
    record(
        Event.REQUESTS_EXPORTED,
        by_person(request),
        target=request.tenant,
        tenant_id=request.tenant.pk,
        filters=request.GET.urlencode()[:200],
    )
    name = f"requests-{request.tenant.slug}-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        as_csv(_chunks(request.tenant, rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _chunks(tenant: Tenant, rows: RequestQuerySet) -> Iterator[list[ProvisioningRequest]]:
    """`rows`, some at a time: the file is sent after the view has left the tenant's scope."""
    left = rows
    while True:
        with tenant_scope(tenant):
            chunk = list(left[:_CHUNK])
        yield chunk
        if len(chunk) < _CHUNK:
            return
        left = rows.after(chunk[-1])


Act = Callable[[list[UUID], Actor], Result]
_ACTS: dict[str, tuple[Act, str]] = {
    "retry": (retry_many, "set going again"),
    "cancel": (cancel_many, "cancelled"),
}


@require_POST
@member_view(Power.REQUEST_MANAGE)
def requests_bulk(request: TenantRequest) -> HttpResponse:
    """Retry or cancel what was ticked; what cannot be undone is asked about once more."""
    back = _back(request)
    ids, act = _ids(request.POST), request.POST.get("act", "")
    if act not in _ACTS or not ids:
        messages.info(request, "Nothing was ticked, so nothing was done.")
        return SeeOther(back)
    if act == "cancel" and "sure" not in request.POST:
        rows = ProvisioningRequest.objects.for_lists().filter(pk__in=ids)
        context = {"rows": rows, "query": request.POST.get("query", ""), "back": back}
        return render(request, "provisioning/requests_cancel.html", context)
    many, done = _ACTS[act]
    _tell(request, many(ids, by_person(request)), done)
    return SeeOther(back)


@require_POST
@member_view(Power.REQUEST_MANAGE)
def requests_outage(request: TenantRequest) -> HttpResponse:
    """Restart together what one outage of Google has stopped."""
    for first in _ids(request.POST)[:1]:
        result = restart_outage(first, by_person(request))
        _tell(request, result, "restarted")
        if not (result.done or result.refused):
            messages.info(request, "They were restarted already, so nothing was done now.")
    return SeeOther(_back(request))


def _ids(form: QueryDict) -> list[UUID]:
    try:
        return [UUID(text) for text in form.getlist("chosen")[:_MOST_SELECTED]]
    except ValueError:
        return []


def _back(request: TenantRequest) -> str:
    """The list with the filters that it had; they are read anew, so nothing else gets in."""
    query = QueryDict(request.POST.get("query", "")[:2000]).urlencode()
    address = reverse("requests", args=[request.tenant.slug])
    return f"{address}?{query}" if query else address


def _tell(request: TenantRequest, result: Result, done: str) -> None:
    for row in result.done:
        if row.due_at is not None:
            run.delay_on_commit(str(row.tenant_id), str(row.pk))
    if result.done:
        messages.success(request, f"{len(result.done)} {done}.")
    if result.refused:
        many = sum(map(len, result.refused.values()))
        reasons = "; ".join(result.refusals)
        messages.warning(request, f"{many} could not be {done}. {reasons}.")
