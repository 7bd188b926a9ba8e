"""Many rows of one table by one statement, on both databases.

PostgreSQL gets all rows as one JSON document and takes it apart itself: writing
down an array for each column, as `bulk_create()` does, costs several times as
much. SQLite repeats a prepared statement, which costs next to nothing there.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

# Of these a value goes into the document as it is, or as `str()` writes it down.
_AS_THEY_ARE = frozenset(
    {
        models.CharField,
        models.DateTimeField,
        models.ForeignKey,
        models.JSONField,
        models.PositiveBigIntegerField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.TextField,
        models.UUIDField,
    }
)

Fields = list["models.Field[Any, Any]"]
M = TypeVar("M", bound=models.Model)


def insert_many(model: type[M], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert `rows`, each with a value for each of `columns`; what else there is must be empty."""
    fields = _fields(model, columns)
    names = ", ".join(str(field.column) for field in fields)
    into = f"INSERT INTO {model._meta.db_table} ({names})"
    if connection.vendor == "postgresql":
        _from_document(f"{into} SELECT {names} FROM {{rows}}", fields, rows)  # noqa: S608  # names of our own only
    else:
        marks = ", ".join("%s" for _ in fields)
        _one_by_one(f"{into} VALUES ({marks})", fields, rows)


def update_many(
    model: type[M],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    same: Sequence[str],
    also: str = "",
) -> None:
    """Set `columns` of the rows whose `same` columns are the same, as long as they are.

    The values of `same` stand last in each row; `also` sets what all rows get alike.
    """
    table = model._meta.db_table
    fields = _fields(model, (*columns, *same))
    to_set, to_match = fields[: len(columns)], fields[len(columns) :]
    if connection.vendor == "postgresql":
        setting = [f"{field.column} = fresh.{field.column}" for field in to_set]
        where = " AND ".join(f"{table}.{field.column} = fresh.{field.column}" for field in to_match)
        sql = f"UPDATE {table} SET {_listed(setting, also)} FROM {{rows}} WHERE {where}"  # noqa: S608  # likewise
        _from_document(sql, fields, rows)
    else:
        setting = [f"{field.column} = %s" for field in to_set]
        where = " AND ".join(f"{field.column} = %s" for field in to_match)
        sql = f"UPDATE {table} SET {_listed(setting, also)} WHERE {where}"  # noqa: S608  # likewise
        _one_by_one(sql, fields, rows)


def _listed(setting: Sequence[str], also: str) -> str:
    return ", ".join([*setting, also] if also else setting)


def _fields(model: type[M], columns: Sequence[str]) -> Fields:
    named = {field.attname: field for field in model._meta.concrete_fields}
    return [named[name] for name in columns]


def _from_document(sql: str, fields: Fields, rows: Sequence[Sequence[Any]]) -> None:
    names = [field.column for field in fields]
    sealed = [at for at, field in enumerate(fields) if type(field) not in _AS_THEY_ARE]
    prepared = [_prepared(fields, sealed, row) for row in rows]
    document = json.dumps([dict(zip(names, row, strict=True)) for row in prepared], default=str)
    typed = ", ".join(f"{field.column} {field.db_type(connection)}" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(sql.format(rows=f"json_to_recordset(%s) AS fresh({typed})"), [document])


def _prepared(fields: Fields, which: Sequence[int], row: Sequence[Any]) -> list[Any]:
    values = list(row)
    for at in which:
        values[at] = fields[at].get_prep_value(values[at])
    return values


def _one_by_one(sql: str, fields: Fields, rows: Sequence[Sequence[Any]]) -> None:
    # The proxy `connection` looks for its thread's own at each call: here is one call a value.
    database = connections[DEFAULT_DB_ALIAS]
    prepare = [field.get_db_prep_save for field in fields]
    stored = [[to(value, database) for to, value in zip(prepare, row, strict=True)] for row in rows]
    with database.cursor() as cursor:
        cursor.executemany(sql, stored)
