"""Databases of the tests: made by the owner, used by a role that owns nothing.

As in production (docs/production.md), so that the whole suite runs behind row-level security.
"""

from typing import Any

from django.db.backends.postgresql import creation
from django.db.utils import IntegrityError, ProgrammingError

ROLE = "portal_tests"


class DatabaseCreation(creation.DatabaseCreation):
    """Changes to the tests' role after migrating, and back before dropping."""

    def create_test_db(self, *args: Any, **options: Any) -> str:
        """Make and migrate the database, then become the role that may use it."""
        self._role().pop("assume_role", None)
        name: str = super().create_test_db(*args, **options)
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(f"CREATE ROLE {ROLE} NOSUPERUSER NOBYPASSRLS")
            except (ProgrammingError, IntegrityError):
                # Another database of the same server has made it, maybe just now.
                cursor.execute("SELECT 1")
            for what in ("TABLES", "SEQUENCES"):
                cursor.execute(f"GRANT ALL ON ALL {what} IN SCHEMA public TO {ROLE}")
        self.connection.close()
        self._role()["assume_role"] = ROLE
        return name

    def destroy_test_db(self, *args: Any, **options: Any) -> None:
        """Become the owner again, and drop the database."""
        self._role().pop("assume_role", None)
        super().destroy_test_db(*args, **options)

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        """Drop the database, whoever is still in it: autovacuum, or a thread of a peer."""
        with self.connection._nodb_cursor() as cursor:
            name = self.connection.ops.quote_name(test_database_name)
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _role(self) -> dict[str, Any]:
        options: dict[str, Any] = self.connection.settings_dict["OPTIONS"]
        return options
