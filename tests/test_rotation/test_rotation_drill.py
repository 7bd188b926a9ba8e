"""The drill: both rotations at once, killed again and again, with everything in their way.

Damaged rows in every store, transactions that wrap and stay open, an organisation that is
erased meanwhile, and a process whose ring is older. PostgreSQL only: SQLite has one writer.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction

from accounts.audit.recording import by_worker
from accounts.members.services.tenants import create_tenant
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from portal.demo.programs import ROOT
from tests.cast import make_cast
from tests.fleets import fleet
from tests.keyrings import hold, introduce
from tests.rows import REFRESH
from tests.stores import Stores, filled
from tests.test_rotation.damages import OF_RESEALS, OF_REWRAPS, damage_connection
from tests.test_rotation.test_in_a_terminal import erase
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.availability import key_availability
from tokens.encryption.models.rotation import KeyRotation, RotationKind, RotationState
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import Sealer, forget_keys, reveal
from tokens.encryption.services.master_keys import NotYet, give_up, promote, retire
from tokens.encryption.services.rotation import start_reseal, start_rewrap, work_for_a_while
from tokens.encryption.wrapping import key_ring

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not os.environ["DATABASE_URL"].startswith("postgres"), reason="SQLite has one writer"
    ),
]
ORGANISATIONS, ROWS, KILLS = 150, 3_000, 6
# One damage for each store that a rewrapping meets; each in a row of its own.
DAMAGED = ("an app's secret, changed", "a data key, changed", "the portal's secret, changed")


def rotating(ring: list[str]) -> subprocess.Popen[str]:
    """A process that goes on with both rotations, as `rotate_keys --resume` does."""
    environment = {**os.environ, "FIELD_ENCRYPTION_KEY": ",".join(ring)}
    name = str(connection.settings_dict["NAME"])
    program = [sys.executable, "-W", "ignore", "-m", "tests.test_rotation.process", "rotate", name]
    return subprocess.Popen(
        program,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done() -> int:
    return sum(KeyRotation.objects.values_list("done", flat=True))


def killed_after_some_work(ring: list[str]) -> None:
    before = done()
    worker = rotating(ring)
    assert worker.stdout is not None
    worker.stdout.readline()
    while worker.poll() is None and done() == before:
        # Only so that looking does not slow down what is looked at.
        time.sleep(0.005)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    # A dead process's lease ends by itself; here it ends now.
    KeyRotation.objects.update(leased_until=None)


def assert_figures_add_up() -> None:
    for one in KeyRotation.objects.all():
        assert one.done + one.failed + one.left == one.total, one


@contextmanager
def newcomers(tenants: list[Tenant]) -> Iterator[None]:
    """Pages that keep an organisation's first secret, each in a transaction that stays open."""
    over = threading.Event()

    def page(tenant: Tenant) -> None:
        with transaction.atomic(), tenant_scope(tenant):
            Sealer.of(tenant.pk)
            over.wait(0.3)
        connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        pages = [pool.submit(page, tenant) for tenant in tenants]
        try:
            yield
        finally:
            over.set()
            for one in pages:
                one.result()


def assert_all_well(stores: Stores, rows: list[GoogleConnection], settings: Any) -> None:
    """Every secret that was not damaged opens with the new ring alone."""
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0])
    assert key_availability().is_open
    with tenant_scope(rows[0].tenant):
        kept = GoogleConnection.objects.in_bulk([row.pk for row in rows])
        opened = [reveal(kept[row.pk], "refresh_token") for row in rows]
    assert opened == [f"1//emu-canary-{number}" for number in range(ROWS)]
    stored = GoogleConnection._base_manager.get(pk=stores.connections[1].pk)
    assert reveal(stored, "refresh_token") == REFRESH


def test_nothing_is_lost_and_nothing_untrue_is_said(settings: Any) -> None:
    cast = make_cast()
    stores = filled(cast)
    rows = fleet(cast.tenant, [f"1//emu-canary-{number}" for number in range(ROWS)])
    tenants = [
        create_tenant(name=f"Org {number}", owner=cast.owner, actor=by_worker())
        for number in range(ORGANISATIONS)
    ]
    for tenant in tenants[: ORGANISATIONS // 2]:
        with tenant_scope(tenant):
            Sealer.of(tenant.pk)
    for name in DAMAGED:
        OF_REWRAPS[name](stores)
    damage_connection(stores.connections[0], OF_RESEALS["changed"])
    forget_keys()
    [old] = key_ring()
    old_ring = list(settings.FIELD_ENCRYPTION_KEY)
    erased = tenants[0]
    with newcomers(tenants[ORGANISATIONS // 2 :]):
        new = introduce(settings)
        ring = list(settings.FIELD_ENCRYPTION_KEY)
        start_rewrap(by_worker())
        start_reseal(by_worker(), "drill")
        for number in range(KILLS):
            killed_after_some_work(ring)
            assert_figures_add_up()
            if number == 1:
                erase(erased)
            with pytest.raises(NotYet):
                retire(old, by_worker())
        # A process that was not restarted: it can do nothing, and says so.
        late = rotating(old_ring)
        _, said = late.communicate(timeout=120)
        assert late.returncode != 0
        assert f"Master key {new} is not in FIELD_ENCRYPTION_KEY" in said
        KeyRotation.objects.update(leased_until=None)
    for _ in range(20):
        work_for_a_while(60)
        assert_figures_add_up()
        if not KeyRotation.objects.exclude(state=RotationState.DONE).exists():
            break
    rewrap, reseal = (KeyRotation.objects.get(kind=kind) for kind in RotationKind)
    assert (rewrap.state, rewrap.failed, rewrap.left) == (RotationState.DONE, len(DAMAGED), 0)
    assert (reseal.state, reseal.left) == (RotationState.DONE, 0)
    # The damaged row, and the row whose data key is damaged.
    assert reseal.failed == 2
    assert not TenantKey._base_manager.filter(tenant=erased, wrapped__isnull=False).exists()
    with pytest.raises(NotYet, match=f"--retire {old} --give-up"):
        retire(old, by_worker())
    give_up(old, by_worker())
    assert_all_well(stores, rows, settings)
    hold(settings, settings.FIELD_ENCRYPTION_KEY[0], *old_ring)
    with pytest.raises(NotYet, match="is retired"):
        promote(old, by_worker())
