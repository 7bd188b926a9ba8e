"""What row-level security costs."""

import statistics
import time
from collections.abc import Callable

from django.db import connection, transaction

from accounts.tenancy import across_tenants, tenant_scope
from tests.bench.registry import Stage, Table, measure
from tests.bench.rows import store
from tokens.models import GoogleConnection

_QUERIES = 10
_TURNS = 300


@measure("Row-level security")
def fence(stage: Stage) -> Table:
    """Ten indexed queries in one transaction: behind the tenant's fence, and with it lifted.

    On SQLite there is no fence, so both are the same there.
    """
    store(stage.tenant, 0, 1_999)
    with tenant_scope(stage.tenant):
        pks = list(GoogleConnection.objects.values_list("pk", flat=True)[:_QUERIES])

    def fenced() -> None:
        with tenant_scope(stage.tenant), transaction.atomic():
            for pk in pks:
                GoogleConnection.objects.get(pk=pk)

    def bare() -> None:
        with across_tenants(), transaction.atomic():
            for pk in pks:
                GoogleConnection.objects.get(pk=pk, tenant=stage.tenant)

    pairs = [(_took(bare), _took(fenced)) for _ in range(_TURNS)]
    without, behind = (statistics.median(one) * 1_000 for one in zip(*pairs, strict=True))
    share = behind / without - 1
    return Table(
        ("transactions on", "fence lifted, ms", "behind the fence, ms", "more"),
        [(connection.vendor, round(without, 2), round(behind, 2), f"{share:+.1%}")],
    )


def _took(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
