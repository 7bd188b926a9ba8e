"""Every table that holds secrets, found by its fields: a new one is never forgotten."""

import json
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import connection, models

from tokens.encryption.fields import SealedTextField, current_head

_HEAD = len(current_head("0" * 12))
_DIGITS = len(uuid.UUID(int=0).hex)


@dataclass(frozen=True)
class SealedTable:
    """A model with sealed columns, and the SQL with which they are read and written in bulk."""

    model: type[models.Model]
    columns: tuple[str, ...]
    # Of each column, what is bound into its ciphertexts.
    contexts: tuple[str, ...]

    @cached_property
    def label(self) -> str:
        """The model's name, for people."""
        return self.model._meta.label

    def context(self, column: str) -> str:
        """What is bound into the ciphertexts of a column."""
        return self.contexts[self.columns.index(column)]

    @property
    def table(self) -> str:
        """The table, as it stands in SQL."""
        return connection.ops.quote_name(self.model._meta.db_table)

    @property
    def pk(self) -> "models.Field[Any, Any]":
        """The primary key: its value is bound into every ciphertext of the row."""
        return self.model._meta.pk

    @property
    def pk_column(self) -> str:
        return str(self.pk.column)

    def pk_text(self, stored: Any) -> str:
        """A stored primary key as it is bound into ciphertexts."""
        if self._is_by_uuid and isinstance(stored, str) and len(stored) == _DIGITS:
            # SQLite keeps the digits alone; to make an object of them takes ten times as long.
            parts = (stored[:8], stored[8:12], stored[12:16], stored[16:20], stored[20:])
            return "-".join(parts).lower()
        return str(self.pk.to_python(stored))

    @cached_property
    def _is_by_uuid(self) -> bool:
        return isinstance(self.pk, models.UUIDField)

    @cached_property
    def _stale(self) -> str:
        """Whether a column holds a ciphertext with another head than the one given for each."""
        tests = (
            f"({name} IS NOT NULL AND substr({name}, 1, {_HEAD}) <> %s)" for name in self.columns
        )
        return " OR ".join(tests)

    def _heads(self, kid: str) -> list[str]:
        return [current_head(kid)] * len(self.columns)

    def stale_pks(self, tenant: Any, kid: str, limit: int) -> list[Any]:
        """Rows of a tenant with a secret under another key than `kid`, or bound formerly."""
        sql = (
            f"SELECT {self.pk_column} FROM {self.table}"  # noqa: S608  # names of our own only
            f" WHERE tenant_id = %s AND ({self._stale}) LIMIT %s"
        )
        return [row[0] for row in self._all(sql, [tenant, *self._heads(kid), limit])]

    def under(self, tenant: Any, kid: str, limit: int) -> list[Any]:
        """Rows of a tenant with a secret under the key `kid`, as stored."""
        tests = " OR ".join(f"substr({name}, 4, 12) = %s" for name in self.columns)
        sql = (
            f"SELECT {self.pk_column} FROM {self.table}"  # noqa: S608  # likewise
            f" WHERE tenant_id = %s AND ({tests}) LIMIT %s"
        )
        return [row[0] for row in self._all(sql, [tenant, *[kid] * len(self.columns), limit])]

    def count(self, tenant: Any, *, stale: str | None = None) -> int:
        """How many rows of a tenant hold secrets, or only those stale when `stale` is active."""
        holds = " OR ".join(f"{name} IS NOT NULL" for name in self.columns)
        test, values = (holds, []) if stale is None else (self._stale, self._heads(stale))
        sql = f"SELECT count(*) FROM {self.table} WHERE tenant_id = %s AND ({test})"  # noqa: S608  # likewise
        return int(self._all(sql, [tenant, *values])[0][0])

    def read(self, tenant: Any, pks: list[Any], *, lock: bool = False) -> list[tuple[Any, ...]]:
        """(primary key, ciphertext…) of some rows; with `lock` only those that nobody writes now.

        Rows that somebody else has locked are left out instead of waited for, so
        that a rotation can never be part of a deadlock.
        """
        names = ", ".join((self.pk_column, *self.columns))
        which, values = self._among(pks)
        held = " FOR NO KEY UPDATE SKIP LOCKED" if lock and _is_postgres() else ""
        sql = f"SELECT {names} FROM {self.table} WHERE tenant_id = %s AND {which}{held}"  # noqa: S608  # likewise
        return self._all(sql, [tenant, *values])

    def pages(self, tenant: Any, after: Any, limit: int) -> list[tuple[Any, ...]]:
        """(primary key, ciphertext…) of a tenant's next rows in the order of their keys."""
        names = ", ".join((self.pk_column, *self.columns))
        sql = f"SELECT {names} FROM {self.table} WHERE tenant_id = %s"  # noqa: S608  # likewise
        values = [tenant]
        if after is not None:
            sql, values = f"{sql} AND {self.pk_column} > %s", [tenant, after]
        return self._all(f"{sql} ORDER BY {self.pk_column} LIMIT %s", [*values, limit])

    def swap(self, tenant: Any, changes: list[tuple[Any, list[Any], list[Any]]]) -> int:
        """Replace (primary key, old ciphertexts, new ones), each row only while it is as it was."""
        if not changes:
            return 0
        return (_swap_at_once if _is_postgres() else _swap_one_by_one)(self, tenant, changes)

    def _among(self, pks: list[Any]) -> tuple[str, list[Any]]:
        if _is_postgres():
            return f"{self.pk_column} = ANY(%s)", [pks]
        return f"{self.pk_column} IN ({', '.join(['%s'] * len(pks))})", pks

    def _all(self, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def _swap_at_once(
    table: SealedTable, tenant: Any, changes: list[tuple[Any, list[Any], list[Any]]]
) -> int:
    width = range(len(table.columns))
    given = ", ".join(f"old{n} text, new{n} text" for n in width)
    sets = ", ".join(f"{name} = given.new{n}" for n, name in enumerate(table.columns))
    same = " AND ".join(
        f"t.{name} IS NOT DISTINCT FROM given.old{n}" for n, name in enumerate(table.columns)
    )
    sql = (
        f"UPDATE {table.table} AS t SET {sets}"  # noqa: S608  # names of our own only
        f" FROM json_to_recordset(%s) AS given(pk {table.pk.rel_db_type(connection)}, {given})"
        f" WHERE t.{table.pk_column} = given.pk AND t.tenant_id = %s AND {same}"
    )
    names = ["pk", *(f"old{n}" for n in width), *(f"new{n}" for n in width)]
    # One document is taken apart twice as fast as an array for each column (`models/bulk.py`).
    document = [dict(zip(names, (pk, *old, *new), strict=True)) for pk, old, new in changes]
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(document, default=str), tenant])
        return int(cursor.rowcount)


def _swap_one_by_one(
    table: SealedTable, tenant: Any, changes: list[tuple[Any, list[Any], list[Any]]]
) -> int:
    sets = ", ".join(f"{name} = %s" for name in table.columns)
    same = " AND ".join(f"{name} IS %s" for name in table.columns)
    sql = (
        f"UPDATE {table.table} SET {sets}"  # noqa: S608  # names of our own only
        f" WHERE {table.pk_column} = %s AND tenant_id = %s AND {same}"
    )
    with connection.cursor() as cursor:
        cursor.executemany(sql, [[*new, pk, tenant, *old] for pk, old, new in changes])
        return int(cursor.rowcount)


def sealed_tables() -> list[SealedTable]:
    """All of them, in the order of their names."""
    found = []
    for model in apps.get_models():
        fields = [
            field
            for field in model._meta.local_concrete_fields
            if isinstance(field, SealedTextField)
        ]
        if fields and model._meta.managed and not model._meta.proxy:
            columns = tuple(str(field.column) for field in fields)
            found.append(SealedTable(model, columns, tuple(field.context for field in fields)))
    return sorted(found, key=lambda table: table.label)


def stored_tenant(tenant_id: Any) -> Any:
    """A tenant's id as this database stores it."""
    return models.UUIDField().get_db_prep_value(tenant_id, connection)
