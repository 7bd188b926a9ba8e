"""The audit log of an organisation, as a page and as a file."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audit.events import Event
from accounts.audit.recording import by_person, record
from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from portal.audit_log.files import as_csv
from portal.audit_log.filters import MAIN, AuditFilter, narrowed
from portal.audit_log.lines import lines
from portal.audit_log.reading import in_chunks, last_link, newest_first, page_of


@require_safe
@member_view(Power.AUDIT_READ)
def audit(request: TenantRequest) -> HttpResponse:
    """What was done, newest first, found by the filters of the URL."""
    chosen = AuditFilter(request.GET, queryset=newest_first())
    place = request.GET.get("before", "")
    found, older = page_of(chosen.found, place)
    fields = list(chosen.form.visible_fields())
    more = [field for field in fields if field.name not in MAIN]
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "lines": lines(found, request.tenant),
        "older": older,
        "newest": place,
        "main_fields": [field for field in fields if field.name in MAIN],
        "more_fields": more,
        "more_open": any(request.GET.get(field.name) for field in more),
        "narrowed": narrowed(chosen),
        "query": query.urlencode(),
        "link": last_link(),
    }
    return render(request, "portal/audit.html", context)


@require_safe
@member_view(Power.AUDIT_READ)
def audit_export(request: TenantRequest) -> StreamingHttpResponse:
    """What the page finds with these filters, all of it, as a CSV file."""
    chosen = AuditFilter(request.GET, queryset=newest_first())
    rows = chosen.found
    record(
        Event.AUDIT_EXPORTED,
        by_person(request),
        target=request.tenant,
        tenant_id=request.tenant.pk,
        filters=request.GET.urlencode()[:200],
    )
    name = f"audit-{request.tenant.slug}-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        as_csv(in_chunks(request.tenant, rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
