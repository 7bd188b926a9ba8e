"""What the shell of every page shows."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit.recording import reference_id
from accounts.members.models.membership import Membership
from accounts.members.roles import Power
from accounts.tenancy.models import Tenant
from accounts.users.models import User
from accounts.web.in_app_browsers import app_around
from portal.pages.dashboard import Counts, counts_for
from portal.pages.organisation_switcher import Places, page_of, places
from tokens.encryption.availability import KeyAvailability, key_availability

# How many organisations the switcher names; whoever has more searches.
_PLACES = 10
THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Shell:
    """Tenant, person, counts and theme, as base.html shows them."""

    theme: str
    reference: str
    demo: bool
    zone: str = "UTC"
    section: str = ""
    tenant: Tenant | None = None
    membership: Membership | None = None
    places: Places = field(default_factory=lambda: Places([], has_more=False))
    page: str = "home"
    counts: Counts = field(default_factory=Counts)
    may_manage: bool = False
    keys: KeyAvailability = field(default_factory=KeyAvailability)
    is_support_view: bool = False
    # The app in whose built-in browser somebody is; empty in a browser that Google accepts.
    app_around: str = ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` for every template."""
    theme = request.COOKIES.get("theme", "system")
    base: dict[str, Any] = {
        "theme": theme if theme in THEMES else "system",
        "reference": reference_id(),
        "demo": settings.DEMO,
        "app_around": app_around(request.headers.get("User-Agent", "")),
        "zone": timezone.get_current_timezone_name(),
    }
    membership: Membership | None = getattr(request, "membership", None)
    user = getattr(request, "user", None)
    if isinstance(user, User) and not _in_admin(request):
        current = membership.tenant_id if membership is not None else None
        page = page_of(request)
        base |= {"places": places(user, page, limit=_PLACES, current=current), "page": page}
    if _in_admin(request):
        base["keys"] = key_availability()
    if membership is not None:
        base |= {
            "tenant": membership.tenant,
            "membership": membership,
            "section": _section(request),
            "counts": counts_for(membership.tenant),
            "keys": key_availability(),
            "may_manage": membership.may(Power.REQUEST_MANAGE),
            "is_support_view": membership._state.adding,
        }
    return {"shell": Shell(**base)}


def _in_admin(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.app_name == "admin"


def _section(request: HttpRequest) -> str:
    name = (request.resolver_match.url_name or "") if request.resolver_match else ""
    if name == "home":
        return "home"
    if name.startswith(("member", "invitation", "tenant-", "provisioning-settings", "audit")):
        return "settings"
    if name.startswith("credential"):
        return "credentials"
    return "connections" if name.startswith(("connection", "exchange", "flow")) else "requests"
