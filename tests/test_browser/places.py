"""Every page that the URL conf can open, found by asking for it as a given person."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants

SLOT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>")
IDS = {"pk", "object_id", "id"}
ADMIN_PAGES = ("change", "delete", "history")
# What only a program asks for. Of Django's own histories, which are all alike, one is enough.
NO_PAGES = re.compile(
    r"^admin:(None|autocomplete|jsi18n|logout|view_on_site)$|^(healthz|metrics|readyz)$"
    r"|^admin:(?!accounts_tenant_)\w+_history$"
)
# Rows that differ in this are pages of their own; of others one is enough.
TELLING = ("status", "kind")
ROWS_READ = 200
_ADMIN_ALIKE = 2


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who opens pages.

    `within` says which addresses they try. A slot named `slug` is `tenant`'s, an id
    is that of whichever row the page opens for, `most` rows of one model at the
    most; `known` says the rest by route, such as the token of a link.
    """

    browser: Client
    tenant: Tenant
    within: str
    most: int = 1
    known: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """One page as somebody may open it."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Route:
    """A name of the URL conf and the parts of its address that vary."""

    name: str
    slots: tuple[str, ...]


def routes() -> list[Route]:
    """Every named route, Django admin's and allauth's included."""
    found = {route.name: route for route in _flat(get_resolver().url_patterns)}
    return [route for name, route in sorted(found.items()) if not NO_PAGES.search(name)]


def _flat(
    patterns: list[URLPattern | URLResolver], before: str = "", space: str = ""
) -> Iterator[Route]:
    for one in patterns:
        whole = before + str(one.pattern)
        if isinstance(one, URLResolver):
            within = f"{space}{one.namespace}:" if one.namespace else space
            yield from _flat(one.url_patterns, whole, within)
        else:
            slots = tuple(slot or other for slot, other in SLOT.findall(whole))
            yield Route(f"{space}{one.name}", slots)


def places(visit: Visit) -> Iterator[Place]:
    """Each page that answers this person with HTML, without leading elsewhere."""
    rows = list(_rows(visit.tenant))
    tried: set[str] = set()
    for route in routes():
        opened: Counter[str] = Counter()
        for kind, path in _addresses(route, visit, rows):
            if path in tried or opened[kind] >= visit.most:
                continue
            tried.add(path)
            answer = visit.browser.get(path)
            if answer.status_code == 405:
                break  # A button, not a page: whichever row it is for.
            if answer.status_code < 300 and answer["Content-Type"].startswith("text/html"):
                opened[kind] += 1
                yield Place(route.name, path)


def every_address(visit: Visit, is_there: Callable[[str], bool]) -> Iterator[str]:
    """An address of each route, buttons included: with the first row for which it `is_there`.

    Pages of Django admin about one row are all alike, so those of two models are enough.
    """
    rows, alike = list(_rows(visit.tenant)), Counter[str]()
    for route in routes():
        page = route.name.rpartition("_")[2] if route.name.startswith("admin:") else ""
        if page in ADMIN_PAGES and alike[page] >= _ADMIN_ALIKE:
            continue
        there = next((p for _, p in _addresses(route, visit, rows) if is_there(p)), "")
        if there:
            alike[page] += 1
            yield there


def _addresses(route: Route, visit: Visit, rows: list[models.Model]) -> Iterator[tuple[str, str]]:
    for kind, arguments in _arguments(route, visit, rows):
        try:
            path = reverse(route.name, kwargs=arguments)
        except NoReverseMatch:
            continue  # An id of another kind than this page's.
        if re.search(visit.within, path):
            yield kind, path


def _arguments(
    route: Route, visit: Visit, rows: list[models.Model]
) -> Iterator[tuple[str, dict[str, Any]]]:
    fixed = {"slug": visit.tenant.slug} if "slug" in route.slots else {}
    free = [slot for slot in route.slots if slot != "slug"]
    if not free:
        yield "", fixed
    elif len(free) == 1 and free[0] in IDS:
        own = {f"admin:{_label(row)}_{page}" for row in rows for page in ADMIN_PAGES}
        for row in rows:
            label = _label(row)
            if route.name not in own or route.name.startswith(f"admin:{label}_"):
                yield label, {**fixed, free[0]: row.pk}
    else:
        yield from (("known", arguments) for arguments in visit.known.get(route.name, []))


def needs_to_be_known(route: Route) -> bool:
    """Whether nothing in the database says how to open it."""
    free = [slot for slot in route.slots if slot != "slug"]
    return len(free) > 1 or not IDS.issuperset(free)


def _label(row: models.Model) -> str:
    return f"{row._meta.app_label}_{row._meta.model_name}"


def _rows(tenant: Tenant) -> Iterator[models.Model]:
    """Rows of this tenant or of nobody, one for each state that a model knows."""
    with across_tenants():
        for model in apps.get_models():
            names = {one.name for one in model._meta.get_fields()}
            own = {"tenant": tenant} if "tenant" in names else {}
            telling = [name for name in TELLING if name in names]
            seen: dict[tuple[object, ...], models.Model] = {}
            for row in model._base_manager.filter(**own)[:ROWS_READ]:
                seen.setdefault(tuple(getattr(row, name) for name in telling), row)
            yield from seen.values()
