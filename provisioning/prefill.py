"""What need not be asked: read from the address, the tenant's defaults and its last request."""

from urllib.parse import urlencode

from django.http import QueryDict

from accounts.models import Tenant
from provisioning.google.dialects import offered
from provisioning.models import ProvisioningRequest
from provisioning.models.defaults import Flow, ProvisioningDefaults
from provisioning.models.request import Dialect
from provisioning.places import regions, time_zones
from provisioning.services.defaults import usual_dialect
from provisioning.websites import BadWebsite, normalised

# What a link into the portal may fill in. Everything else in its query is ignored.
ALLOWED = (
    "website_url",
    "account_name",
    "property_name",
    "stream_name",
    "time_zone",
    "region_code",
)
_LONGEST = 500
_SECOND_LEVEL = frozenset({"ac", "co", "com", "gov", "net", "org"})
PORTAL_ZONE, PORTAL_REGION = "America/Los_Angeles", "US"


def asked_flow(query: QueryDict, defaults: ProvisioningDefaults) -> Flow:
    """The flow that the address asks for, else the tenant's own."""
    wanted = query.get("flow", "")
    return Flow(wanted if wanted in Flow.values else defaults.flow)


def asked_dialect(
    query: QueryDict, tenant: Tenant, row: ProvisioningRequest | None = None
) -> Dialect:
    """The API that the address or the form asks for, if the portal offers it.

    Else that of the request in question, if there is one, and else the tenant's.
    """
    wanted = query.get("dialect", "")
    if wanted in offered():
        return Dialect(wanted)
    return Dialect(row.dialect) if row else usual_dialect(tenant)


def from_address(query: QueryDict) -> dict[str, str]:
    """What the address fills in: only what is allowed, and a place only if there is such a one."""
    given = {name: query.get(name, "").strip()[:_LONGEST] for name in ALLOWED}
    places = {"time_zone": dict(time_zones()), "region_code": dict(regions())}
    return {
        name: value
        for name, value in given.items()
        if value and value in places.get(name, (value,))
    }


def address_of(row: ProvisioningRequest) -> str:
    """The query with which the form of a new request begins with the details of this one."""
    kept = {name: getattr(row, name) for name in ALLOWED}
    return urlencode({name: value for name, value in kept.items() if value})


def known(query: QueryDict, defaults: ProvisioningDefaults) -> dict[str, str]:
    """Everything that is known before anybody is asked; what the address says wins."""
    given = from_address(query)
    last = ProvisioningRequest.objects.with_details().order_by("-created_at", "-pk").first()
    place = {
        "time_zone": defaults.time_zone or (last.time_zone if last else ""),
        "region_code": defaults.region_code or (last.region_code if last else ""),
        "connection": str(last.connection_id) if last and last.connection_id else "",
    }
    proposal = proposed_name(given.get("website_url", ""), defaults.account_name_pattern)
    names = {"account_name": proposal} if proposal else {}
    return {name: value for name, value in (place | names | given).items() if value}


def proposed_name(website: str, pattern: str = "") -> str:
    """A name for the account of a website: the tenant's pattern, filled; else the site's name."""
    site = site_name(website)
    if not site:
        return ""
    return (pattern or "{website}").replace("{website}", site)[:100]


def site_name(website: str) -> str:
    """`Blue Bird` for `https://www.blue-bird.co.uk/shop`; the host where that would guess."""
    try:
        host = normalised(website).partition("://")[2].partition("/")[0].partition(":")[0]
    except BadWebsite:
        return ""
    host = host.encode("ascii").decode("idna").removeprefix("www.")
    labels = host.split(".")
    short = len(labels) == 2 or (len(labels) == 3 and labels[1] in _SECOND_LEVEL)
    return labels[0].replace("-", " ").title() if short else host
