"""A rotation whose process is killed again and again, under reads, refreshes and writes.

ROTATION_ROWS sets how many rows there are: ten thousand here, sixty thousand by hand.
"""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from portal.demo.programs import ROOT
from tests.cast import Cast, make_cast
from tests.fleets import fleet
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.models.rotation import KeyRotation, RotationState
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealing import Sealer, reveal
from tokens.encryption.services.data_keys import destroy_spent_keys
from tokens.encryption.services.reseal import count_stale
from tokens.encryption.services.rotation import start_reseal

ROWS = int(os.environ.get("ROTATION_ROWS", "10000"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.sqlite,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600 + ROWS // 50),
]
KILLS = 8
# How long the others use the rows: until the last kill, and longer.
USING = 15.0 + ROWS / 1_000
USERS = 2


def process(*arguments: str) -> subprocess.Popen[str]:
    name = str(connection.settings_dict["NAME"])
    program = [sys.executable, "-W", "ignore", "-m", "tests.test_rotation.process"]
    return subprocess.Popen(
        [*program, arguments[0], name, *arguments[1:]],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def filled(cast: Cast) -> None:
    """Rows with a refresh and an access token each."""
    rows = fleet(cast.tenant, [f"1//emu-canary-{number}" for number in range(ROWS)])
    with tenant_scope(cast.tenant):
        sealer = Sealer.of(cast.tenant.pk)
        for row in rows:
            sealer.seal(row, "access_token", f"ya29.emu-canary-{row.sub}")
        GoogleConnection.objects.bulk_update(rows, ["access_token"], batch_size=500)


def killed_in_the_middle(rotation: KeyRotation) -> bool:
    """Start a process, let it do some batches, kill it; whether it died before it was done."""
    before = rotation.done
    worker = process("rotate")
    assert worker.stdout is not None
    assert worker.stdout.readline() == "begun\n"
    while worker.poll() is None:
        rotation.refresh_from_db()
        if rotation.done > before or not rotation.is_open:
            break
        # Only so that looking does not slow down what is looked at.
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    # A dead process's lease ends by itself; here it ends now.
    KeyRotation.objects.filter(pk=rotation.pk).update(leased_until=None)
    rotation.refresh_from_db()
    return rotation.state == RotationState.RUNNING


def test_kills_lose_nothing_and_leave_nothing_behind() -> None:
    cast = make_cast()
    filled(cast)
    old = TenantKey._base_manager.get(tenant=cast.tenant)
    users = [process("use", str(cast.tenant.pk), str(USING), str(n)) for n in range(USERS)]
    rotation = start_reseal(by_worker(), "test")
    kills = sum(killed_in_the_middle(rotation) for _ in range(KILLS))
    assert kills == KILLS
    worker = process("rotate")
    said = worker.communicate(timeout=300)[0]
    assert "Nothing is left." in said
    reports = [json.loads(user.communicate(timeout=120)[0]) for user in users]
    assert_nothing_lost(cast, reports)
    assert_old_key_goes(cast, old)


def assert_nothing_lost(cast: Cast, reports: list[dict[str, Any]]) -> None:
    assert [len(one["took"]) > 100 for one in reports] == [True] * USERS
    assert [one["unreadable"] for one in reports] == [[]] * USERS
    wrote = reports[0]["written"] | reports[1]["written"]
    with tenant_scope(cast.tenant):
        for row in GoogleConnection.objects.all():
            number = row.sub.rpartition("-")[2]
            assert reveal(row, "refresh_token") == f"1//emu-canary-{number}"
            assert reveal(row, "access_token") == wrote.get(
                str(row.pk), f"ya29.emu-canary-{row.sub}"
            )


def assert_old_key_goes(cast: Cast, old: TenantKey) -> None:
    # Who sealed in the moment of the change did so with the old key: one more round takes it along.
    with tenant_scope(cast.tenant):
        stragglers = count_stale(cast.tenant.pk)
    if stragglers:
        TenantKey._base_manager.filter(pk=old.pk).update(emptied_at=None)
        start_reseal(by_worker(), "stragglers")
        call_command("rotate_keys", "--resume", stdout=StringIO())
    with tenant_scope(cast.tenant):
        assert count_stale(cast.tenant.pk) == 0
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        destroy_spent_keys()
    assert TenantKey._base_manager.get(pk=old.pk).state == KeyState.DESTROYED
    out = StringIO()
    call_command("secrets", "doctor", stdout=out)
    assert f"{ROWS * 2} open, 0 do not" in out.getvalue()
