"""What need not be asked: read from the address, the tenant's defaults and its last request."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.forms import ChoiceField
from django.http import QueryDict

from accounts.tenancy.models import Tenant
from accounts.values.locales import canonical_zone, region_of_zone
from accounts.values.text import seen
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backends import offered
from provisioning.requests.account_names import proposed_name
from provisioning.requests.forms import RequestForm
from provisioning.requests.models.defaults import Flow, ProvisioningDefaults
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.defaults import usual_backend

# What a link into the portal may fill in. Everything else in its query is ignored.
ALLOWED = (
    "website_url",
    "account_name",
    "property_name",
    "stream_name",
    "time_zone",
    "region_code",
)


def asked_flow(query: QueryDict, defaults: ProvisioningDefaults) -> Flow:
    """The flow that the address asks for, else the tenant's own."""
    wanted = query.get("flow", "")
    return Flow(wanted if wanted in Flow.values else defaults.flow)


def asked_backend(
    query: QueryDict, tenant: Tenant, row: ProvisioningRequest | None = None
) -> Backend:
    """The API that the address or the form asks for, if the portal offers it.

    Else that of the request in question, if there is one, and else the tenant's.
    """
    wanted = query.get("backend", "")
    if wanted in offered():
        return Backend(wanted)
    return Backend(row.backend) if row else usual_backend(tenant)


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What a link or a form before this one fills in, and what of it was left out and why."""

    values: dict[str, str]
    left_out: list[str]


def from_address(query: QueryDict) -> Prefilled:
    """What the address fills in: what is allowed, and only as the form itself would take it."""
    values, left_out = {}, []
    for name in ALLOWED:
        typed, field = query.get(name, ""), RequestForm.base_fields[name]
        try:
            values[name] = field.clean(typed) if typed.strip() else ""
        except ValidationError as error:
            why = "Choose one from the list."
            if not isinstance(field, ChoiceField):
                why = " ".join(error.messages)
            left_out.append(f"{field.label} “{seen(typed)[:60]}” was left out. {why}")
    return Prefilled({name: value for name, value in values.items() if value}, left_out)


def address_of(row: ProvisioningRequest) -> str:
    """The query with which the form of a new request begins with the details of this one."""
    kept = {name: getattr(row, name) for name in ALLOWED}
    return urlencode({name: value for name, value in kept.items() if value})


def known(given: Mapping[str, str], defaults: ProvisioningDefaults) -> dict[str, str]:
    """Everything that is known before anybody is asked; what is `given` by the address wins.

    Where nobody has said which region, it is the country of the time zone.
    """
    last = ProvisioningRequest.objects.with_details().order_by("-created_at", "-pk").first()
    usual = {
        "time_zone": canonical_zone(defaults.time_zone or (last.time_zone if last else "")),
        "connection": str(last.connection_id) if last and last.connection_id else "",
    }
    usual["region_code"] = (
        region_of_zone(given.get("time_zone", ""))
        or defaults.region_code
        or region_of_zone(defaults.time_zone)
        or (last.region_code if last else "")
    )
    proposal = proposed_name(given.get("website_url", ""), defaults.account_name_pattern)
    names = {"account_name": proposal} if proposal else {}
    return {name: value for name, value in {**usual, **names, **given}.items() if value}
