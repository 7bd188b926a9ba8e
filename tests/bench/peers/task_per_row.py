"""Refreshing with one Celery task for each row: how most projects begin.

The task does what the engine does for a batch, with the product's own functions: it opens,
asks, seals, records and writes. What differs is that it does so for one row at a time.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from celery import Celery
from celery.contrib.testing.worker import start_worker

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.lease import LeasedBatch
from tokens.connections.services.refresh.worker import refresh_leased

_PATIENCE = 300.0


class Rows:
    """A worker of so many threads, and the rows that it has left."""

    def __init__(self, tenant: Tenant, app: Celery) -> None:
        self._tenant = tenant
        self._left = 0
        self._lock = threading.Lock()
        self._done = threading.Event()

        @app.task(name="bench.refresh_row", ignore_result=True, shared=False)
        def refresh_row(pk: str) -> None:
            self._refresh(pk)

        self._task = refresh_row

    def refresh_all(self, pks: list[UUID]) -> None:
        """A task for each row; returns when the last has ended."""
        self._left = len(pks)
        self._done.clear()
        for pk in pks:
            self._task.delay(str(pk))
        if not self._done.wait(_PATIENCE):
            raise RuntimeError(f"{self._left} tasks did not end: the figure would mean nothing.")

    def _refresh(self, pk: str) -> None:
        with tenant_scope(self._tenant):
            row = GoogleConnection.objects.select_related("client", "tenant").get(pk=pk)
        refresh_leased([LeasedBatch(self._tenant, [row])])
        with self._lock:
            self._left -= 1
            if not self._left:
                self._done.set()


@contextmanager
def worker(tenant: Tenant, threads: int) -> Iterator[Rows]:
    """A real worker in this process, with a broker in memory."""
    app = Celery("bench", broker="memory://localhost", set_as_current=False)
    app.conf.update(worker_prefetch_multiplier=4, task_ignore_result=True)
    rows = Rows(tenant, app)
    with start_worker(
        app, pool="threads", concurrency=threads, perform_ping_check=False, loglevel="ERROR"
    ):
        yield rows
