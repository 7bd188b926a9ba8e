"""Memory over time."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils import timezone

from accounts.tenancy.scope import across_tenants
from tests.bench.google import google, issue
from tests.bench.registry import Stage, Table, measure
from tests.bench.worker import processes, resident
from tests.fleets import fleet
from tokens.connections.models.connection import GoogleConnection
from tokens.exchanges.models import Exchange

_CONNECTIONS = 1_000
# The clock ticks each second; a quarter of the rate may go out at a tick.
_A_SECOND = 50


@measure("A worker's memory under steady work", long=True)
def soak(stage: Stage) -> Table:
    """Megabytes that the worker's process holds, minute by minute.

    The real worker and clock refresh a thousand connections over and over, at fifty a second
    or more.
    """
    rows = []
    with TemporaryDirectory() as name, google() as base:
        fleet(stage.tenant, issue(base, _CONNECTIONS))
        rate = {"SWEEP_INTERVAL": "1", "GOOGLE_REFRESH_RATE": str(4 * _A_SECOND)}
        with processes(Path(name), base, "worker", "beat", **rate) as running:
            for minute in range(stage.minutes + 1):
                _wait_until_next(minute)
                with across_tenants():
                    done = Exchange.objects.count()
                rows.append((minute, round(resident(running["worker"]), 1), done))
                print("  ", *rows[-1], flush=True)
    return Table(("minute", "MB", "refreshes done"), rows)


def _wait_until_next(minute: int) -> None:
    """Wait a minute, in which all connections fall due again and again."""
    for _ in range(12 if minute else 2):
        time.sleep(5)
        with across_tenants():
            GoogleConnection.objects.filter(leased_until=None).update(refresh_due_at=timezone.now())
