"""The portal does not start as a database role that row-level security cannot hold."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from portal.checks.row_security import role_is_held

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles"),
]


@pytest.fixture
def owner(settings: Any) -> Iterator[None]:
    """Connected as who made the database: its owner, and a superuser."""
    role = connection.settings_dict["OPTIONS"].pop("assume_role")
    connection.close()
    yield
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = role


def found() -> list[str]:
    return [str(problem.id) for problem in role_is_held(databases=["default"])]


def test_a_role_that_owns_nothing_is_accepted() -> None:
    assert found() == []


def test_a_superuser_and_owner_is_refused(owner: None) -> None:
    assert found() == ["portal.E010", "portal.E011"]


def test_development_may_do_as_it_likes(owner: None, settings: Any) -> None:
    settings.DEBUG = True
    assert found() == []


@pytest.mark.parametrize("off", ["NO FORCE", "DISABLE"])
def test_a_table_without_row_level_security_is_refused(owner: None, off: str) -> None:
    table = "provisioning_statuschange"
    on = {"NO FORCE": "FORCE", "DISABLE": "ENABLE"}[off]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} {off} ROW LEVEL SECURITY")
        try:
            assert "portal.E012" in found()
        finally:
            cursor.execute(f"ALTER TABLE {table} {on} ROW LEVEL SECURITY")


def test_a_tenant_that_would_not_be_carried_is_refused(settings: Any) -> None:
    connection.settings_dict["OPTIONS"]["server_side_binding"] = True
    try:
        assert found() == ["portal.E013"]
    finally:
        del connection.settings_dict["OPTIONS"]["server_side_binding"]
