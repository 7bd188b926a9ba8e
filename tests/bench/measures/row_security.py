"""What row-level security costs."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.bench.registry import Stage, Table, measure
from tests.bench.rows import store
from tokens.connections.models.connection import GoogleConnection

_QUERIES = 10
_TURNS_A_ROUND = 100
_BARE = "bare"
# On SQLite Django's own backend is used already.
_PLAIN = {"postgresql": "django.db.backends.postgresql"}


@measure("Row-level security")
def fencing_token(stage: Stage) -> Table:
    """Ten indexed queries, the same ones three ways, turn by turn.

    Without any fence: Django's own backend, whose statements carry no tenant, as a role for
    which PostgreSQL applies no policy. With the fencing token lifted, as for staff. Behind the
    tenant's fence, as every page. In one transaction the tenant is said once; outside of
    any, each query says it. On SQLite there is no fence, so all are the same there.
    """
    store(stage.tenant, 0, 1_999)
    with tenant_scope(stage.tenant):
        pks = list(GoogleConnection.objects.values_list("pk", flat=True)[:_QUERIES])
    with _unsecured():
        rows = [
            (name, *_compared(stage, pks, around))
            for name, around in (("in one transaction", _together), ("each by itself", _apart))
        ]
    head = (connection.vendor, "no fence, ms", "lifted, ms", "behind it, ms", "more than none")
    return Table(head, rows)


Around = Callable[[str], AbstractContextManager[object]]


def _together(using: str) -> AbstractContextManager[object]:
    return transaction.atomic(using=using)


def _apart(using: str) -> AbstractContextManager[object]:
    return nullcontext(using)


def _compared(stage: Stage, pks: list[UUID], around: Around) -> tuple[float, float, float, str]:
    """Milliseconds without a fence, lifted and behind it; and how much more that is than none."""
    tenant = stage.tenant

    def bare() -> None:
        rows = GoogleConnection._base_manager.using(_BARE)
        with around(_BARE):
            for pk in pks:
                rows.get(pk=pk, tenant=tenant)

    def lifted() -> None:
        with across_tenants(), around(DEFAULT_DB_ALIAS):
            for pk in pks:
                GoogleConnection.objects.get(pk=pk, tenant=tenant)

    def secured() -> None:
        with tenant_scope(tenant), around(DEFAULT_DB_ALIAS):
            for pk in pks:
                GoogleConnection.objects.get(pk=pk)

    turns = [_turn([bare, lifted, secured], number) for number in range(_turns(stage))]
    none, open_, behind = (
        round(statistics.median(one) * 1_000, 2) for one in zip(*turns, strict=True)
    )
    share = statistics.median(one[2] / one[0] for one in turns) - 1
    return none, open_, behind, f"{share:+.1%}"


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
def _unsecured() -> Iterator[None]:
    """A second connection to the same database, of Django's own backend and the owner's role."""
    own = connection.settings_dict
    options = {name: value for name, value in own["OPTIONS"].items() if name != "assume_role"}
    engine = _PLAIN.get(connection.vendor, own["ENGINE"])
    connections.databases[_BARE] = {**own, "ENGINE": engine, "OPTIONS": options}
    try:
        _must_be_unsecured()
        yield
    finally:
        connections[_BARE].close()
        del connections[_BARE]
        del connections.databases[_BARE]


def _must_be_unsecured() -> None:
    """Refuse to measure a baseline that policies hold."""
    if connection.vendor != "postgresql":
        return
    with connections[_BARE].cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            raise RuntimeError("Policies hold the database's owner, too; use a superuser.")
