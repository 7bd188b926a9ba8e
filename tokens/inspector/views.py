"""The request inspector: everything that was said to Google, and what it answered."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.members.roles import Power
from accounts.members.views.decorators import TenantRequest, member_view
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.exchanges.models import EXPECTED, Exchange, ExchangeQuerySet
from tokens.google.errors import SENTENCES
from tokens.inspector.curl import as_curl
from tokens.inspector.filters import ExchangeFilter
from tokens.service_accounts.models.service_account import ServiceAccount

_PAGE_SIZE = 50
_REACH = 5000
# The filters that are always in sight; the others are folded away until one is used.
_MAIN = frozenset({"q", "result", "connection"})


class LatestFirst(Paginator):  # type: ignore[type-arg]  # generic only in the stubs
    """Counts no further than people turn pages: what is older is found by its date.

    Counting everything would make the list slower with every exchange that is kept.
    """

    object_list: ExchangeQuerySet

    @cached_property
    def count(self) -> int:
        """How many there are, up to the reach."""
        return self.object_list[:_REACH].count()


@require_safe
@member_view(Power.CONNECTION_READ)
def exchanges(request: TenantRequest) -> HttpResponse:
    """All exchanges of this tenant, filtered by the URL."""
    chosen = ExchangeFilter(request.GET, queryset=Exchange.objects.for_lists(), request=request)
    page = LatestFirst(chosen.found, _PAGE_SIZE).get_page(request.GET.get("page"))
    names = {name for name in chosen.filters if request.GET.get(name)}
    context = {
        "main_fields": [field for field in chosen.form if field.name in _MAIN],
        "more_fields": [row for row in chosen.form.visible_fields() if row.name not in _MAIN],
        "hidden_fields": chosen.form.hidden_fields(),
        "page_obj": page,
        "narrowed": bool(names),
        "more_open": bool(names - _MAIN),
        "reach": _REACH if page.paginator.count >= _REACH else None,
        "retention": settings.EXCHANGE_RETENTION_DAYS,
    }
    return render(request, "tokens/exchanges.html", context)


@require_safe
@member_view(Power.CONNECTION_READ)
def exchange(request: TenantRequest, pk: UUID) -> HttpResponse:
    """One exchange, both halves of it, and how to make the call oneself."""
    row = get_object_or_404(Exchange.objects.select_related("connection"), pk=pk)
    context = {
        "exchange": row,
        "place": row.place,
        "flow": OAuthFlow.objects.filter(pk=row.subject).first() if row.subject else None,
        "service_account": _service_account(row),
        "sentence": _sentence(row.error),
        "expected": EXPECTED.get(row.error, ""),
        "request_headers": _lines(row.request_headers),
        "request_body": _pretty(row.request_body),
        "response_headers": _lines(row.response_headers),
        "response_body": _pretty(row.response_body),
        "curl": as_curl(row.method, row.url, row.request_headers, row.request_body),
    }
    return render(request, "tokens/exchange.html", context)


def _service_account(row: Exchange) -> ServiceAccount | None:
    """The service account that it was done for, if it was one."""
    service_accounts = ServiceAccount.objects.select_related("tenant")
    return service_accounts.filter(pk=row.subject).first() if row.subject else None


def _sentence(error: str) -> str:
    return next((words for kind, words in SENTENCES.items() if kind == error), "")


def _lines(headers: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


def _pretty(body: Any) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False) if body else ""
