"""Choosing what a tenant's requests begin with."""

from dataclasses import asdict, dataclass

from django.db import transaction

from accounts.audit.recording import Actor, differing, record
from accounts.tenancy.models import Tenant
from provisioning.analytics.backends import Backend
from provisioning.analytics.google.backends import offered
from provisioning.events import Event
from provisioning.requests.models.defaults import Flow, ProvisioningDefaults


@dataclass(frozen=True, slots=True)
class Choices:
    """All that a tenant may choose, as a form has checked it. Empty means: ask."""

    backend: Backend = Backend.GA4
    flow: Flow = Flow.BEFORE
    time_zone: str = ""
    region_code: str = ""
    account_name_pattern: str = ""


def usual_backend(tenant: Tenant) -> Backend:
    """What the tenant's requests are made through, as far as the portal offers it."""
    chosen = Backend(ProvisioningDefaults.objects.of(tenant).backend)
    return chosen if chosen in offered() else Backend.GA4


@transaction.atomic
def save_defaults(tenant: Tenant, choices: Choices, actor: Actor) -> ProvisioningDefaults:
    """Write the tenant's choices and what changed; requests that exist keep what they have."""
    before = ProvisioningDefaults.objects.of(tenant)
    chosen = asdict(choices)
    changed = differing({name: getattr(before, name) for name in chosen}, chosen)
    row, _ = ProvisioningDefaults.objects.update_or_create(tenant=tenant, defaults=chosen)
    if changed:
        record(Event.DEFAULTS_CHANGED, actor, target=row, **changed)
    return row
