"""Where a person may go: their organisations, and in each the page that they are on."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from accounts.members.models.membership import Membership
from accounts.members.roles import Power
from accounts.users.models import User
from accounts.values.text import search_key

# Pages that every organisation has, and what one must be allowed to see them.
PAGES: dict[str, Power] = {
    "audit": Power.AUDIT_READ,
    "connections": Power.CONNECTION_READ,
    "credentials": Power.CREDENTIAL_READ,
    "exchanges": Power.CONNECTION_READ,
    "home": Power.TENANT_READ,
    "members": Power.TENANT_READ,
    "provisioning-settings": Power.DEFAULTS_MANAGE,
    "request-new": Power.REQUEST_MANAGE,
    "requests": Power.REQUEST_READ,
    "tenant-data": Power.TENANT_MANAGE,
    "tenant-settings": Power.TENANT_MANAGE,
}
# A page about one row stays behind; its list is what the next organisation has too.
_LISTS = {
    "audit": "audit",
    "connection": "connections",
    "credential": "credentials",
    "exchange": "exchanges",
    "invitation": "members",
    "member": "members",
    "request": "requests",
    "tenant": "members",
    "flow": "connections",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One organisation of a person, and the address of the page there."""

    membership: Membership
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Places:
    """Some organisations of a person by name, and whether there are more."""

    shown: list[Place]
    has_more: bool


def page_of(request: HttpRequest) -> str:
    """The page that a request is for, as another organisation has it."""
    name = (request.resolver_match.url_name or "") if request.resolver_match else ""
    return same_page(name)


def same_page(name: str) -> str:
    """The page of `PAGES` that is nearest to the one of this name."""
    return name if name in PAGES else _LISTS.get(name.partition("-")[0], "home")


def places(
    user: User, page: str, *, limit: int, words: str = "", current: UUID | None = None
) -> Places:
    """Up to `limit` organisations of `user` whose names hold all `words`, by name. One query."""
    rows = Membership.objects.filter(user=user, tenant__erased_at=None)
    for word in search_key(words).split():
        rows = rows.filter(tenant__search_text__contains=word)
    found = list(rows.select_related("tenant").order_by("tenant__name", "pk")[: limit + 1])
    shown = [Place(one, _url(one, page), one.tenant_id == current) for one in found[:limit]]
    return Places(shown, len(found) > limit)


def _url(membership: Membership, page: str) -> str:
    """The page there, or the organisation's home where the role may not see it."""
    name = page if membership.may(PAGES[page]) else "home"
    return reverse(name, args=[membership.tenant.slug])
