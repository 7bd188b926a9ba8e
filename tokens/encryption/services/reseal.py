"""Seals a tenant's secrets anew with its active data key, in small batches.

The work list is what the rows say, so nothing is lost when a process dies
between two batches, and there is no cursor that could be wrong. A batch is one
short transaction; rows that somebody else is writing are left for later, and
each row is replaced only while it is as it was read.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from tokens.encryption.batches import Failure, Resealer
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealed_tables import SealedTable, sealed_tables, stored_tenant
from tokens.encryption.sealing import Sealer

BATCH = 500
_LIST = 20_000


# Told in the transaction of each batch: how many rows are done, and which do not open.
Note = Callable[[int, list[Failure]], None]


def reseal_tenant(tenant_id: UUID, note: Note) -> Iterator[None]:
    """Reseal a tenant's rows batch by batch, in the tenant's scope.

    Ends when nothing is left, or when only rows are left that do not open or
    that others are writing all the time. Stop asking and the work stops.
    """
    with transaction.atomic():
        kid = Sealer.of(tenant_id).kid
    for table in sealed_tables():
        yield from _table(table, tenant_id, kid, note)


def _table(table: SealedTable, tenant_id: UUID, kid: str, note: Note) -> Iterator[None]:
    tenant = stored_tenant(tenant_id)
    broken: set[str] = set()
    done = 1
    while done:
        with transaction.atomic():
            listed = table.stale_pks(tenant, kid, _LIST + len(broken))
        waiting = [pk for pk in listed if table.pk_text(pk) not in broken] if broken else listed
        done = 0
        for start in range(0, len(waiting), BATCH):
            count, failures = _batch(table, tenant_id, waiting[start : start + BATCH], note)
            broken |= {one.row for one in failures}
            done += count
            yield


@transaction.atomic
def _batch(
    table: SealedTable, tenant_id: UUID, pks: list[Any], note: Note
) -> tuple[int, list[Failure]]:
    tenant = stored_tenant(tenant_id)
    resealer = Resealer.of(tenant_id)
    rows = table.read(tenant, pks, lock=True)
    done = table.swap(tenant, resealer.changes(table, rows))
    note(done, resealer.failures)
    return done, resealer.failures


def count_stale(tenant_id: UUID) -> int:
    """How many rows of a tenant stand under another data key than the active one."""
    row = TenantKey._base_manager.filter(tenant_id=tenant_id, state=KeyState.ACTIVE).first()
    if row is None:
        return 0
    tenant = stored_tenant(tenant_id)
    return sum(table.count(tenant, stale=row.kid) for table in sealed_tables())


def count_sealed(tenant_id: UUID) -> int:
    """How many rows of a tenant hold secrets."""
    tenant = stored_tenant(tenant_id)
    return sum(table.count(tenant) for table in sealed_tables())
