"""The doctor of secrets: opens every secret in the database, and keeps none of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tokens.encryption.availability import PortalSealed
from tokens.encryption.batches import Failure, Opener
from tokens.encryption.fields import kid_in
from tokens.encryption.sealed_tables import SealedTable, sealed_tables, stored_tenant
from tokens.encryption.sealing import SecretUnreadable
from tokens.encryption.services.reseal import count_sealed
from tokens.encryption.services.secret_stores import Tried, count_elsewhere, try_elsewhere

_PAGE = 1_000
_NAMED = 100


@dataclass(slots=True)
class Inspection:
    """What was found so far: how many secrets open, by model and key, and which do not.

    `locked` are those whose key is not here: nothing can be said of them yet.
    """

    rows: int = 0
    opened: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    locked: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    @property
    def is_green(self) -> bool:
        return not self.failed and not self.locked

    @property
    def unopened(self) -> int:
        """How many do not open, whyever."""
        return self.failed.total() + self.locked.total()

    def look(self, opener: Opener, table: SealedTable, row: tuple[Any, ...]) -> None:
        """Open every secret of one row."""
        pk = table.pk_text(row[0])
        for column, token in zip(table.columns, row[1:], strict=True):
            if token is not None:
                self._open(opener, table, column, pk, token)
        self.rows += any(token is not None for token in row[1:])

    def note(self, tried: Tried) -> None:
        """Count a secret that somebody else keeps."""
        self.rows += 1
        failure = Failure(tried.model, tried.row, tried.column, tried.kid, tried.why)
        self._count(failure if tried.why else None, (tried.model, tried.kid), tried.lacks_key)

    def _open(self, opener: Opener, table: SealedTable, column: str, pk: str, token: str) -> None:
        where = (table.label, kid_in(token))
        failure, lacks_key = None, False
        try:
            opener.open(table, column, pk, token)
        except (PortalSealed, SecretUnreadable) as error:
            failure = Failure(table.label, pk, column, where[1], str(error))
            lacks_key = isinstance(error, PortalSealed)
        self._count(failure, where, lacks_key)

    def _count(self, failure: Failure | None, where: tuple[str, str], lacks_key: bool) -> None:  # noqa: FBT001  # private
        if failure is None:
            self.opened[where] += 1
            return
        (self.locked if lacks_key else self.failed)[where] += 1
        if len(self.failures) < _NAMED:
            self.failures.append(failure)


def how_many() -> int:
    """How many rows hold secrets, in all tenants and in none."""
    return sum(_scoped_count(tenant) for tenant in _tenants()) + count_elsewhere()


def inspect(only: Tenant | None = None) -> Iterator[Inspection]:
    """Open every secret; yields what was found after each page, and at the end."""
    found = Inspection()
    for tenant in [only] if only else _tenants():
        with tenant_scope(tenant):
            for table in sealed_tables():
                yield from _pages(found, tenant.pk, table)
    for tried in () if only else try_elsewhere():
        found.note(tried)
    yield found


def _tenants() -> QuerySet[Tenant]:
    """All but those whose keys are destroyed: their secrets are meant not to open."""
    return Tenant.objects.filter(erased_at=None).order_by("slug")


def _pages(found: Inspection, tenant_id: UUID, table: SealedTable) -> Iterator[Inspection]:
    tenant, after = stored_tenant(tenant_id), None
    while True:
        with transaction.atomic():
            rows = table.pages(tenant, after, _PAGE)
            opener = Opener(tenant_id)
            for row in rows:
                found.look(opener, table, row)
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]
        yield found


def _scoped_count(tenant: Tenant) -> int:
    with tenant_scope(tenant), transaction.atomic():
        return count_sealed(tenant.pk)
