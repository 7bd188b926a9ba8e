"""Making and emptying tables: on PostgreSQL that is for their owner, not for the tests' role."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models


@contextmanager
def as_owner() -> Iterator[str | None]:
    """Be the owner of the database for a block; gives the role that is played otherwise."""
    options = connection.settings_dict["OPTIONS"]
    role = options.pop("assume_role", None)
    connection.close()
    try:
        yield role
    finally:
        if role:
            options["assume_role"] = role
        connection.close()


@contextmanager
def tables(*kinds: type[models.Model]) -> Iterator[None]:
    """Tables for the time of a measure."""
    with as_owner() as role:
        with connection.schema_editor() as editor:
            for kind in kinds:
                editor.create_model(kind)
        if role:
            with connection.cursor() as cursor:
                for what in ("TABLES", "SEQUENCES"):
                    cursor.execute(f"GRANT ALL ON ALL {what} IN SCHEMA public TO {role}")
    try:
        yield
    finally:
        with as_owner(), connection.schema_editor() as editor:
            for kind in kinds:
                editor.delete_model(kind)
