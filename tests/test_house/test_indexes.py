"""No index is kept that another one makes needless: each costs time with every row written."""

import pytest
from django.apps import apps
from django.db import models

ROOMS = ("accounts", "tokens", "provisioning")


def leading(model: type[models.Model]) -> set[str]:
    """The fields that whole indexes of several fields begin with."""
    whole = [one.fields for one in model._meta.indexes if not one.condition]
    whole += [
        one.fields
        for one in model._meta.constraints
        if isinstance(one, models.UniqueConstraint) and not one.condition
    ]
    return {fields[0].removeprefix("-") for fields in whole if fields}


@pytest.mark.parametrize("room", ROOMS)
def test_no_foreign_key_is_indexed_twice(room: str) -> None:
    twice = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config(room).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.deconstruct()[3].get("db_index", True)
        and not field.unique
        and field.name in leading(model)
    ]
    assert not twice, ", ".join(twice)
