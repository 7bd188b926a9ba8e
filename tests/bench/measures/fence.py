"""What row-level security costs."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, connections, transaction

from accounts.tenancy import across_tenants, tenant_scope
from tests.bench.registry import Stage, Table, measure
from tests.bench.rows import store
from tokens.models import GoogleConnection

_QUERIES = 10
_TURNS_A_ROUND = 100
_BARE = "bare"
# On SQLite Django's own backend is used already.
_PLAIN = {"postgresql": "django.db.backends.postgresql"}


@measure("Row-level security")
def fence(stage: Stage) -> Table:
    """Ten indexed queries in one transaction, the same ones three ways, turn by turn.

    Without any fence: Django's own backend, whose statements carry no tenant, as a role for
    which PostgreSQL applies no policy. With the fence lifted, as for staff. Behind the
    tenant's fence, as every page. On SQLite there is no fence, so all are the same there.
    """
    store(stage.tenant, 0, 1_999)
    with tenant_scope(stage.tenant):
        pks = list(GoogleConnection.objects.values_list("pk", flat=True)[:_QUERIES])

    def bare() -> None:
        rows = GoogleConnection._base_manager.using(_BARE)
        with transaction.atomic(using=_BARE):
            for pk in pks:
                rows.get(pk=pk, tenant=stage.tenant)

    def lifted() -> None:
        with across_tenants(), transaction.atomic():
            for pk in pks:
                GoogleConnection.objects.get(pk=pk, tenant=stage.tenant)

    def fenced() -> None:
        with tenant_scope(stage.tenant), transaction.atomic():
            for pk in pks:
                GoogleConnection.objects.get(pk=pk)

    with _unfenced():
        turns = [_turn([bare, lifted, fenced], number) for number in range(_turns(stage))]
    without, open_, behind = (statistics.median(one) * 1_000 for one in zip(*turns, strict=True))
    share = statistics.median(one[2] / one[0] for one in turns) - 1
    return Table(
        ("transactions on", "no fence, ms", "lifted, ms", "behind it, ms", "more than none"),
        [
            (
                connection.vendor,
                round(without, 2),
                round(open_, 2),
                round(behind, 2),
                f"{share:+.1%}",
            )
        ],
    )


def _turns(stage: Stage) -> int:
    return stage.rounds * _TURNS_A_ROUND


def _turn(works: list[Callable[[], None]], number: int) -> list[float]:
    """How long each takes; another one begins each time."""
    order = [(number + step) % len(works) for step in range(len(works))]
    took = {place: _took(works[place]) for place in order}
    return [took[place] for place in range(len(works))]


def _took(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def _unfenced() -> Iterator[None]:
    """A second connection to the same database, of Django's own backend and the owner's role."""
    own = connection.settings_dict
    options = {name: value for name, value in own["OPTIONS"].items() if name != "assume_role"}
    engine = _PLAIN.get(connection.vendor, own["ENGINE"])
    connections.databases[_BARE] = {**own, "ENGINE": engine, "OPTIONS": options}
    try:
        _must_be_unfenced()
        yield
    finally:
        connections[_BARE].close()
        del connections[_BARE]
        del connections.databases[_BARE]


def _must_be_unfenced() -> None:
    """Refuse to measure a baseline that policies hold."""
    if connection.vendor != "postgresql":
        return
    with connections[_BARE].cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            raise RuntimeError("Policies hold the database's owner, too; use a superuser.")
