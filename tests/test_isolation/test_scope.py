"""Tenant data cannot be read without a tenant in scope."""

import pytest
from django.apps import apps
from django.db import models

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import (
    ScopeError,
    TenantManager,
    across_tenants,
    current_tenant,
    tenant_scope,
)
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.tasks import run
from tests.cast import Cast, signed_in
from tests.rows import connection_row, request_row
from tokens.clients.models.client import ClientManager
from tokens.connections.models.connection import GoogleConnection

OURS = ("accounts", "tokens", "provisioning", "portal")
# People, tenants and what lets people into tenants are read before any tenant is known.
# Rates are Google's limits on a client, whoever's connection is refreshed. Master keys and the
# processes that hold them are the installation's, and so are the secrets of its own client. A
# proof of deletion outlives its tenant. Errors are about the installation.
GLOBAL = {
    "accounts.User",
    "accounts.Tenant",
    "accounts.Membership",
    "accounts.Erasure",
    "accounts.ErrorReport",
    "tokens.KeyReport",
    "tokens.KeyRotation",
    "tokens.MasterKey",
    "tokens.PortalSecret",
    "tokens.RestoreHold",
    "tokens.RateBucket",
}

TENANT_MODELS = [
    model
    for model in apps.get_models()
    if model._meta.app_label in OURS and model._meta.label not in GLOBAL
]


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_a_query_without_scope_raises(model: type[models.Model]) -> None:
    assert isinstance(model._default_manager, TenantManager | ClientManager)
    with pytest.raises(ScopeError):
        model._default_manager.all()
    with pytest.raises(ScopeError):
        model._default_manager.count()


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_a_tenant_s_rows_carry_the_tenant(model: type[models.Model]) -> None:
    assert model._meta.get_field("tenant").related_model is Tenant


def test_a_scope_shows_one_tenant_s_rows(cast: Cast) -> None:
    mine = connection_row(cast.tenant)
    theirs = connection_row(cast.elsewhere)
    with tenant_scope(cast.tenant):
        assert list(GoogleConnection.objects.all()) == [mine]
        assert not GoogleConnection.objects.filter(pk=theirs.pk).exists()
        assert not GoogleConnection.objects.filter(pk=theirs.pk).update(email="x@x.example")
    assert current_tenant() is None


def test_related_rows_are_scoped_too(cast: Cast) -> None:
    request = request_row(connection_row(cast.tenant))
    with pytest.raises(ScopeError):
        request.moves.all()
    with tenant_scope(cast.elsewhere):
        assert not request.moves.exists()


def test_a_scope_cannot_be_switched_half_way(cast: Cast) -> None:
    with (
        tenant_scope(cast.tenant),
        pytest.raises(ScopeError),
        tenant_scope(cast.elsewhere),
    ):
        pass


def test_a_task_sees_its_own_tenant_only(cast: Cast) -> None:
    request = request_row(connection_row(cast.tenant))
    run(str(cast.elsewhere.pk), str(request.pk))
    run("00000000-0000-4000-8000-000000000000", str(request.pk))
    with across_tenants():
        after = ProvisioningRequest.objects.get(pk=request.pk)
    assert (after.status, after.fencing_token) == (request.status, request.fencing_token)


def test_the_front_door_leads_to_the_own_tenant(cast: Cast) -> None:
    answer = signed_in(cast.owner).get("/")
    assert answer["Location"] == f"/t/{cast.tenant.slug}/"
