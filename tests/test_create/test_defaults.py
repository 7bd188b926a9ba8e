"""A tenant's defaults: the portal's own until it chooses, one row after that, all on record."""

import pytest
from django.db import IntegrityError, transaction

from accounts.audit.events import ActorKind
from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import Actor
from accounts.members.roles import POWERS, Power, Role
from accounts.tenancy.scope import tenant_scope
from provisioning.analytics.backends import Backend
from provisioning.events import Event
from provisioning.requests.models.defaults import Flow, ProvisioningDefaults
from provisioning.requests.services.defaults import Choices, save_defaults
from tests.cast import Cast


def by(cast: Cast) -> Actor:
    return Actor(ActorKind.PERSON, cast.owner)


def test_a_tenant_that_has_not_chosen_gets_the_portals_own(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        found = ProvisioningDefaults.objects.of(cast.tenant)
    assert found._state.adding
    assert (found.backend, found.flow) == ("ga4", "details_before_authorization")


def test_choosing_twice_keeps_one_row_and_records_only_what_changed(cast: Cast) -> None:
    first = Choices(flow=Flow.AFTER, time_zone="Europe/Madrid")
    with tenant_scope(cast.tenant):
        save_defaults(cast.tenant, first, by(cast))
        save_defaults(cast.tenant, first, by(cast))
        save_defaults(cast.tenant, Choices(Backend.V3, Flow.AFTER, "Europe/Madrid"), by(cast))
        assert ProvisioningDefaults.objects.get().backend == Backend.V3
        events = list(AuditEvent.objects.filter(tag=Event.DEFAULTS_CHANGED).order_by("created_at"))
    assert [event.data for event in events] == [
        {
            "flow": {
                "before": "details_before_authorization",
                "after": "details_after_authorization",
            },
            "time_zone": {"before": "", "after": "Europe/Madrid"},
        },
        {"backend": {"before": "ga4", "after": "v3"}},
    ]


def test_another_tenants_choice_stays_its_own(cast: Cast) -> None:
    with tenant_scope(cast.elsewhere):
        save_defaults(cast.elsewhere, Choices(backend=Backend.V3), by(cast))
    with tenant_scope(cast.tenant):
        assert ProvisioningDefaults.objects.of(cast.tenant).backend == Backend.GA4


def test_the_database_refuses_what_the_portal_does_not_know(cast: Cast) -> None:
    with (
        tenant_scope(cast.tenant),
        pytest.raises(IntegrityError, match="known_default_backend"),
        transaction.atomic(),
    ):
        ProvisioningDefaults.objects.create(tenant=cast.tenant, backend="ga5")


def test_admins_may_choose_and_viewers_may_not() -> None:
    able = {role for role in Role if Power.DEFAULTS_MANAGE in POWERS[role]}
    assert able == {Role.OWNER, Role.ADMIN}
