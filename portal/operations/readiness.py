"""What the product needs from its neighbours, asked so that no neighbour can hold anybody up.

Each check runs in a thread of its own, one at a time. Who asks waits for a second at most: a
check that has not ended by then counts as failed, and so it does for everybody else, at once,
until it ends. Twenty questions to a silent broker cost twenty seconds at most, and no thread.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping

import structlog
from celery import current_app
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from portal.operations.heartbeat import is_alive

log = structlog.get_logger(__name__)

# Seconds.
LIMIT = 1.0


class Check:
    """A question to a neighbour, asked by one thread for all who want to know."""

    def __init__(self, name: str, ask: Callable[[], bool]) -> None:
        self.name, self._ask = name, ask
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._until = 0.0
        self._ended = threading.Event()
        self._ended.set()
        self._answer = False

    def begin(self) -> None:
        """Start to ask, unless a thread of this very process is doing that."""
        with self._lock:
            if self._pid == os.getpid() and not self._ended.is_set():
                return
            self._pid, self._until = os.getpid(), time.monotonic() + LIMIT
            self._ended = threading.Event()
            threading.Thread(target=self._run, args=(self._ended,), daemon=True).start()

    def answer(self) -> bool:
        """What was found, waited for until its time is over."""
        left = self._until - time.monotonic()
        return self._ended.wait(max(0.0, left)) and self._answer

    def _run(self, ended: threading.Event) -> None:
        try:
            self._answer = self._ask()
        except Exception as error:  # noqa: BLE001  # each neighbour has errors of its own
            log.warning("a neighbour does not answer", check=self.name, error=type(error).__name__)
            self._answer = False
        finally:
            connections.close_all()
            ended.set()


def answers(checks: Mapping[str, Check]) -> dict[str, bool]:
    """What each check finds, asked side by side, within a second."""
    for check in checks.values():
        check.begin()
    return {name: check.answer() for name, check in checks.items()}


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _broker() -> bool:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=1)
    return True


_ASKED = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "worker": is_alive,
}
CHECKS = {name: Check(name, ask) for name, ask in _ASKED.items()}
