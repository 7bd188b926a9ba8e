"""Refreshes shared between processes, and workers that are killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.tenancy.scope import tenant_scope
from portal.demo.programs import ROOT
from tests.cast import make_cast
from tests.emulator.thread import EmulatorThread
from tests.fleets import fleet, granted
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.exchanges.models import Exchange

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sqlite,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]
ROWS, KILLS = 3000, 15
PROGRAM = [sys.executable, "-W", "ignore", "-m", "tests.test_refresh.process"]


def start(google: EmulatorThread, *arguments: str) -> subprocess.Popen[str]:
    """One more process on the test's own database and Google."""
    environment = {
        **os.environ,
        "PROCESS_DATABASE": str(connection.settings_dict["NAME"]),
        "PROCESS_GOOGLE": google.base_url,
        "DATABASE_URL": os.environ["DATABASE_URL"],
        # Slow enough that a worker is killed many times before all is done.
        "GOOGLE_REFRESH_RATE": "80",
    }
    return subprocess.Popen(
        [*PROGRAM, *arguments], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_sixty_four_callers_in_five_processes_make_one_request(google: EmulatorThread) -> None:
    cast = make_cast()
    [row] = fleet(cast.tenant, granted(google, 1))
    script(google, "latency", ms=500)
    begin = str(time.time() + 4)
    callers = [13, 13, 13, 13, 12]
    running = [
        start(google, "callers", str(cast.tenant.pk), str(row.pk), str(many), begin)
        for many in callers
    ]
    said = [process.communicate(timeout=90)[0].split() for process in running]
    tokens = [token for words in said for token in words]
    assert len(tokens) == 64
    assert len(set(tokens)) == 1
    with tenant_scope(cast.tenant):
        assert Exchange.objects.count() == 1


@pytest.mark.record_is_lost("whoever is killed after a call writes nothing down")
def test_no_connection_is_lost_when_workers_are_killed(google: EmulatorThread) -> None:
    cast = make_cast()
    fleet(cast.tenant, granted(google, ROWS))
    script(google, "latency", ms=60)
    kills = 0
    for _ in range(80):
        worker = start(google, "engine")
        if kills < KILLS:
            time.sleep(1.5 + 0.1 * (kills % 6))
            worker.send_signal(signal.SIGKILL)
            kills += 1
        worker.communicate()
        # A dead worker's rows come back when their lease ends; here it ends now.
        GoogleConnection._base_manager.filter(refreshed_at=None, leased_until__isnull=False).update(
            refresh_due_at=timezone.now() - timedelta(seconds=1), refresh_tries=0
        )
        if not GoogleConnection._base_manager.filter(refreshed_at=None).exists():
            break
    assert kills >= KILLS
    assert not GoogleConnection._base_manager.filter(refreshed_at=None).exists()
    assert GoogleConnection._base_manager.filter(status="active").count() == ROWS
