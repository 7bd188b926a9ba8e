"""Every row that belongs to a tenant is out of reach without one in scope."""

import pytest
from django.apps import apps
from django.db import models

from accounts.members.models.membership import Membership
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import ScopeError
from tests.test_house.source import APPS

# What decides which scope may open cannot stand behind it.
GLOBAL: set[type[models.Model]] = {Tenant, Membership}


def tenants_models() -> list[type[models.Model]]:
    ours = (model for app in APPS for model in apps.get_app_config(app).get_models())
    return [
        model
        for model in ours
        if model not in GLOBAL and any(field.name == "tenant" for field in model._meta.fields)
    ]


@pytest.mark.parametrize("model", tenants_models(), ids=lambda model: model._meta.label)
def test_every_manager_raises_without_a_tenant(model: type[models.Model]) -> None:
    for manager in model._meta.managers:
        with pytest.raises(ScopeError, match=model.__name__):
            manager.all()


def test_there_are_such_models() -> None:
    assert len(tenants_models()) >= 10
