"""PostgreSQL keeps tenants' rows apart; other tenants' are read in named places only."""

import ast
import re
from pathlib import Path

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from accounts.tenancy.operations import EnableRowLevelSecurity
from tests.test_house.source import APPS, ROOT, functions, python_files, tree
from tests.test_house.test_tenant_rows_are_scoped import tenants_models

# Reads that only build conditions for a query of somebody else's.
BUILDERS = {"connected_flows", "is_due", "is_due_by_clock"}
OPENS_OTHER_TENANTS_ROWS = {
    Path(
        "accounts/audit/recording.py"
    ): "the first record of an organisation, before any scope is open",
    Path("accounts/audit/services/chain.py"): "chains records of no organisation",
    Path("accounts/tenancy/scope.py"): "opens and closes it",
    Path("accounts/tenancy/postgresql/base.py"): "migrations",
    Path("accounts/authentication/middleware.py"): "staff pages",
    Path(
        "portal/operations/clock_changes.py"
    ): "due moments of every table, after the clock was set back",
}


def secured_by_migrations() -> set[tuple[str, str]]:
    """(app, model) of every table that a migration secures, under the model's name of today."""
    operations = [
        (app, operation)
        for (app, _), migration in MigrationLoader(None).graph.nodes.items()
        for operation in migration.operations
    ]
    renamed = {
        (app, operation.old_name_lower): operation.new_name_lower
        for app, operation in operations
        if isinstance(operation, migrations.RenameModel)
    }
    return {
        (app, renamed.get((app, operation.model_name), operation.model_name))
        for app, operation in operations
        if isinstance(operation, EnableRowLevelSecurity)
    }


@pytest.mark.parametrize("model", tenants_models(), ids=lambda model: model._meta.label)
def test_a_migration_enables_it(model: type[models.Model]) -> None:
    """A new one: `EnableRowLevelSecurity("modelname")` after its `CreateModel`."""
    assert (model._meta.app_label, model._meta.model_name) in secured_by_migrations()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row-level security")
def test_the_database_says_so_too() -> None:
    tables = [model._meta.db_table for model in tenants_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            " AND relname = ANY(%s)",
            [tables],
        )
        assert sorted(row[0] for row in cursor.fetchall()) == sorted(tables)


@pytest.mark.parametrize(
    "path", [path for path in python_files(*APPS) if path.name == "unscoped.py"]
)
def test_every_unscoped_read_says_that_it_is_one(path: Path) -> None:
    """Without `@unscoped_read` it finds nothing on PostgreSQL, and everything on SQLite."""
    unsaid = {
        function.name
        for function in functions(path)
        if not function.name.startswith("_")
        and "unscoped_read" not in [ast.unparse(decorator) for decorator in function.decorator_list]
    }
    assert unsaid <= BUILDERS


@pytest.mark.parametrize(
    "path", [path for path in python_files(*APPS) if path.name == "unscoped.py"]
)
def test_every_unscoped_read_hands_out_what_it_has_fetched(path: Path) -> None:
    """A queryset would be fetched later, behind the caller's fence."""
    lazy = {
        function.name
        for function in functions(path)
        if not function.name.startswith("_")
        and "QuerySet" in ast.unparse(function.returns or function)
        and "unscoped_read" in [ast.unparse(decorator) for decorator in function.decorator_list]
    }
    assert lazy == set()


def test_only_named_places_open_other_tenants_rows() -> None:
    def lifts(path: Path) -> bool:
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module in {"accounts.tenancy.row_security", "accounts.tenancy.scope"}
            and any(
                name.name in {"across_tenants", "row_access", "unscoped_read"}
                for name in node.names
            )
            for node in ast.walk(tree(path))
        )

    lifting = {path for path in python_files(*APPS) if path.name != "unscoped.py" and lifts(path)}
    assert lifting == set(OPENS_OTHER_TENANTS_ROWS)


def test_no_setting_outlives_its_transaction() -> None:
    """Session-level settings would show the next request on a connection another's rows."""
    said = "\n".join((ROOT / path).read_text("utf-8") for path in python_files(*APPS))
    assert len(re.findall(r"set_config\(", said)) == len(
        re.findall(r"set_config\(.*, true\)", said)
    )
    assert not re.search(r"SET (SESSION )?app\.", said)
