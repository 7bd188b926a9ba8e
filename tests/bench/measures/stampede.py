"""Many callers of one expired connection."""

import json
import os
import subprocess
import sys
import time

from django.db import connection

from accounts.tenancy.scope import across_tenants
from portal.demo.programs import ROOT
from tests.bench.clock import percentile
from tests.bench.google import google, issue, latency
from tests.bench.registry import Cell, Stage, Table, measure
from tests.bench.rows import forget
from tests.bench.worker import database_url
from tests.fleets import fleet
from tokens.exchanges.models import Exchange

_CALLERS = (13, 13, 13, 13, 12)
_PROGRAM = (sys.executable, "-W", "ignore", "-m", "tests.test_refresh.process")
# So long the processes have to start before all call at once.
_START = 8.0


@measure("Stampede: 64 callers in 5 processes want one expired connection")
def stampede(stage: Stage) -> Table:
    """Requests that Google gets, and how long callers wait for the token, at its latency."""
    rows: list[tuple[Cell, ...]] = []
    with google() as base:
        for milliseconds in (50, 200):
            latency(base, milliseconds)
            forget()
            waits = _waits(stage, base)
            with across_tenants():
                asked = Exchange.objects.count()
            middle, slow = (round(1_000 * percentile(waits, share)) for share in (0.5, 0.95))
            rows.append((f"{milliseconds} ms", len(waits), asked, middle, slow))
    head = ("Google's latency", "callers", "token requests", "median wait, ms", "95 %, ms")
    return Table(head, rows)


def _waits(stage: Stage, base: str) -> list[float]:
    """How many seconds each caller waited."""
    [row] = fleet(stage.tenant, issue(base, 1))
    begin = str(time.time() + _START)
    environment = {
        **os.environ,
        "PROCESS_DATABASE": str(connection.settings_dict["NAME"]),
        "PROCESS_GOOGLE": base,
        "DATABASE_URL": database_url(),
    }
    running = [
        subprocess.Popen(
            (*_PROGRAM, "waits", str(stage.tenant.pk), str(row.pk), str(many), begin),
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for many in _CALLERS
    ]
    said = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    waits: list[float] = [wait for one in said for wait in one]
    if len(waits) != sum(_CALLERS):
        raise RuntimeError("Some callers got no token: the figure would mean nothing.")
    return waits
