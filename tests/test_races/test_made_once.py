"""Twenty do in the same moment what makes a row: one row is made, and nobody sees an error.

Each case is a place of the code that looks for a row and makes it when there is none.
"""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import invite
from accounts.members.services.tenants import add_member, create_tenant
from accounts.offboarding.models import Erasure
from accounts.offboarding.services.erasure import Facts, begin
from accounts.staff.services.emails import tell_staff
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from provisioning.analytics.backends import Backend
from provisioning.requests.models.defaults import ProvisioningDefaults
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.defaults import Choices, save_defaults
from provisioning.requests.services.drafts import begin_draft
from tests.cast import Cast, make_cast
from tests.races import together
from tests.rows import connection_row
from tokens.api_keys.models import ApiKey
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import known_portal_client
from tokens.encryption.models.restore_hold import RestoreHold
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import seal
from tokens.encryption.services.restore_hold import PortalIsSealed, begin_restore_hold
from tokens.rate_limits.models import RateBucket
from tokens.rate_limits.services import take

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20
FORM = uuid.uuid4()
Act = Callable[[Cast], Any]


@dataclass(frozen=True, slots=True)
class Case:
    """What everybody does, and which rows are counted afterwards."""

    act: Act
    rows: Callable[[Cast], models.QuerySet[Any]]
    made: int = 1


def _draft(cast: Cast) -> Any:
    return begin_draft(
        tenant=cast.tenant,
        known={},
        connection=None,
        submission=FORM,
        actor=by_worker(),
        backend=Backend.GA4,
    )


def _first_secret(cast: Cast) -> Any:
    row = ApiKey(tenant=cast.tenant, name="unsaved")
    seal(row, "secret", "canary-first-secret")


def _tell(cast: Cast) -> Any:
    tell_staff(PortalIsSealed, {"why": "a key is missing"}, "/admin/")


CASES = {
    "a draft of one form": Case(_draft, lambda c: ProvisioningRequest.objects.all()),
    "a tenant's choices": Case(
        lambda c: save_defaults(c.tenant, Choices(), by_worker()),
        lambda c: ProvisioningDefaults.objects.all(),
    ),
    "a membership": Case(
        lambda c: add_member(tenant=c.tenant, user=c.outsider, role=Role.VIEWER, actor=by_worker()),
        lambda c: Membership.objects.filter(tenant=c.tenant, user=c.outsider),
    ),
    "an invitation": Case(
        lambda c: invite(c.tenant, ["nina@new.example"], Role.VIEWER, by_worker()),
        lambda c: Invitation.objects.pending(),
    ),
    "a mail to staff": Case(_tell, lambda c: QueuedEmail.of_portal()),
    "a hold after a restore": Case(
        lambda c: begin_restore_hold("restored", by_worker()), lambda c: RestoreHold.objects.all()
    ),
    "a rate bucket": Case(
        lambda c: take("new", 1, rate=1000.0), lambda c: RateBucket.objects.filter(name="new")
    ),
    "the portal's client": Case(
        lambda c: known_portal_client(), lambda c: OAuthClient._base_manager.filter(tenant=None)
    ),
    "a tenant's first data key": Case(
        _first_secret, lambda c: TenantKey._base_manager.filter(tenant=c.tenant)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_row_is_made(name: str) -> None:
    case, cast = CASES[name], make_cast()

    def act() -> None:
        with tenant_scope(cast.tenant):
            case.act(cast)

    together([act] * MANY)
    with tenant_scope(cast.tenant):
        assert case.rows(cast).count() == case.made


def test_one_erasure_of_an_organisation_is_begun() -> None:
    cast = make_cast()
    Tenant.objects.filter(pk=cast.tenant.pk).update(
        deleted_at=timezone.now(), erased_at=timezone.now()
    )
    tenant = Tenant.objects.get(pk=cast.tenant.pk)
    facts = Facts(keys=[], revocations={})
    made = together([lambda: begin(tenant, facts)] * MANY)
    assert len({row.pk for row in made}) == Erasure.objects.count() == 1


def test_one_connection_is_made_of_one_google_account() -> None:
    cast = make_cast()
    taken = threading.Event()

    def connect() -> bool:
        try:
            connection_row(cast.tenant)
        except Exception:  # noqa: BLE001  # the constraint says so, in words of the database
            return False
        taken.set()
        return True

    assert sum(together([connect] * MANY)) == 1
    with across_tenants():
        assert User.objects.count() == 4


def test_twenty_organisations_of_one_name_are_made_with_addresses_of_their_own() -> None:
    owner = make_cast().owner

    def create() -> str:
        return create_tenant(name="Same Name", owner=owner, actor=by_worker()).slug

    slugs = together([create] * MANY)
    assert len(set(slugs)) == MANY
    assert "same-name" in slugs
    assert Membership.objects.filter(user=owner, tenant__name="Same Name").count() == MANY
