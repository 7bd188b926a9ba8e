"""Keys: resealing, reading, listing."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import connection, models, transaction

from accounts.audit.recording import by_worker
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from portal.demo.programs import ROOT
from tests.bench.clock import percentile, rate, seconds, side_by_side
from tests.bench.owner import tables
from tests.bench.peers.packaged import Packaged
from tests.bench.registry import Cell, Stage, Table, measure
from tokens.clients.services.clients import portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.models.rotation import KeyRotation
from tokens.encryption.sealed_tables import sealed_tables, stored_tenant
from tokens.encryption.sealing import Sealer, reveal
from tokens.encryption.services.reseal import BATCH
from tokens.encryption.services.rotation import start_reseal, work_for_a_while

_READS = 1_000
_LISTED = 1_000
_REFRESH = "1//emu-bench-" + "r" * 90
_ACCESS = "ya29.emu-bench-" + "a" * 200


def fill(tenant: Tenant, many: int) -> None:
    """So many connections with both tokens, each of which opens."""
    client = portal_client()
    with tenant_scope(tenant):
        GoogleConnection.objects.all().delete()
        sealer = Sealer.of(tenant.pk)
        for start in range(0, many, 2_000):
            rows = []
            for number in range(start, min(many, start + 2_000)):
                row = GoogleConnection(
                    tenant=tenant, client=client, sub=f"bench-{number}", email="b@gmail.example"
                )
                sealer.seal(row, "refresh_token", _REFRESH)
                sealer.seal(row, "access_token", _ACCESS)
                rows.append(row)
            GoogleConnection.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fill_packaged(tenant: Tenant, many: int) -> None:
    """The same with the package's columns."""
    client = portal_client()
    Packaged.objects.bulk_create(
        (
            Packaged(
                tenant=tenant.pk,
                client=client.pk,
                sub=f"bench-{number}",
                email="b@gmail.example",
                refresh_token=_REFRESH,
                access_token=_ACCESS,
            )
            for number in range(many)
        ),
        batch_size=2_000,
    )


@measure("Sealing secrets anew")
def reseal(stage: Stage) -> Table:
    """Rows of two secrets per second, in one process.

    A rotation as it runs; the same statements without cryptography; and the loop that the
    package's own field asks for (`for row in rows: row.save()`, on a tenth of the rows).
    """
    fill(stage.tenant, stage.rows)

    def ours() -> float:
        start_reseal(by_worker(), "bench")
        spent = rate(stage.rows, lambda: work_for_a_while(3_600))
        if KeyRotation.objects.latest("created_at").done != stage.rows:
            raise RuntimeError("The rotation left rows out: the figure would mean nothing.")
        return spent

    with tables(Packaged):
        few = max(100, stage.rows // 10)
        fill_packaged(stage.tenant, few)
        speeds = side_by_side(
            stage.rounds,
            ours,
            lambda: rate(stage.rows, lambda: rewrite(stage.tenant)),
            lambda: rate(few, load_and_save),
        )
    rotation, raw, package = (round(speed) for speed in speeds)
    head = ("rotation", "raw batches", "the package's loop", "of raw", "times the loop")
    row = (rotation, raw, package, f"{rotation / raw:.0%}", f"{rotation / package:.0f}")
    return Table(head, [row])


def rewrite(tenant: Tenant) -> None:
    """What a rotation does to the database, without opening anything."""
    [table] = [one for one in sealed_tables() if one.model is GoogleConnection]
    stored = stored_tenant(tenant.pk)
    with tenant_scope(tenant):
        pks = table.stale_pks(stored, "0" * 12, 10_000_000)
        for start in range(0, len(pks), BATCH):
            with transaction.atomic():
                rows = table.read(stored, pks[start : start + BATCH], lock=True)
                # The same texts: a later round has to open them. They are written all the same.
                written = table.swap(stored, [(pk, old, old) for pk, *old in rows])
                if written != len(rows):
                    raise RuntimeError("Rows were left out: the figure would mean nothing.")


def load_and_save() -> None:
    """The way that the package's documentation gives."""
    for row in Packaged.objects.all():
        row.save()


@measure("Reading secrets")
def reading(stage: Stage) -> Table:
    """Loading one row by its key and reading a column; listing a thousand rows.

    A sealed column beside a plain one of the very same rows, and beside the package's own
    column in a table of its own. Listed are the same rows with and without their secrets.
    """
    fill(stage.tenant, _LISTED)
    with tables(Packaged), tenant_scope(stage.tenant):
        fill_packaged(stage.tenant, _LISTED)
        rounds = stage.rounds * 3
        ones = side_by_side(rounds, _one(_revealed), _one(_email), _one_packaged())
        lists = side_by_side(rounds, _list("reason"), _list("reason", *_SECRETS), _list_packaged)
    names = ("one column, µs", "a thousand rows listed, ms")
    rows: list[tuple[Cell, ...]] = [
        (name, *(round(value, 1) for value in values), f"{values[0] / values[1]:.2f}")
        for name, values in zip(names, (ones, lists), strict=True)
    ]
    return Table(("", "sealed", "plain", "the package's", "sealed / plain"), rows)


_SECRETS = ("refresh_token", "access_token")


def _revealed(row: GoogleConnection) -> str:
    return reveal(row, "refresh_token")


def _email(row: GoogleConnection) -> str:
    return row.email


def _one(read: Callable[[GoogleConnection], str]) -> Callable[[], float]:
    pks = list(GoogleConnection.objects.values_list("pk", flat=True))
    return lambda: _each(lambda: read(GoogleConnection.objects.get(pk=random.choice(pks))))


def _one_packaged() -> Callable[[], float]:
    pks = list(Packaged.objects.values_list("pk", flat=True))
    return lambda: _each(lambda: Packaged.objects.get(pk=random.choice(pks)).refresh_token)


def _each(read: Callable[[], object]) -> float:
    return seconds(lambda: [read() for _ in range(_READS)]) / _READS * 1e6


def _list(*without: str) -> Callable[[], float]:
    rows = GoogleConnection.objects.defer(*without)
    return lambda: seconds(lambda: list(rows.all()[:_LISTED])) * 1e3


def _list_packaged() -> float:
    return seconds(lambda: list(Packaged.objects.all()[:_LISTED])) * 1e3


@measure("Reading while keys are rotated")
def reading_meanwhile(stage: Stage) -> Table:
    """Milliseconds to load a row and open a secret.

    While nothing else runs, while another process only computes, and while another process
    rotates the key of the very same rows. What the second costs is the machine's: its cores
    share what they compute with.
    """
    fill(stage.tenant, stage.rows)
    calm = reads_until(stage.tenant, lambda done: done >= _READS)
    with computing():
        beside = reads_until(stage.tenant, lambda done: done >= _READS)
    start_reseal(by_worker(), "bench")
    with other_process() as running:
        busy = reads_until(stage.tenant, lambda _: not running())
    named = (("alone", calm), ("beside computing", beside), ("during a rotation", busy))
    slow = [percentile(took, 0.95) * 1e3 for _, took in named]
    rows = [
        (name, round(percentile(took, 0.5) * 1e3, 2), round(late, 2), f"{late / slow[0]:.2f}")
        for (name, took), late in zip(named, slow, strict=True)
    ]
    return Table(("", "median", "p95", "p95 / alone"), rows)


def reads_until(tenant: Tenant, enough: Callable[[int], bool]) -> list[float]:
    """How long each read took, until it is enough."""
    took: list[float] = []
    with tenant_scope(tenant):
        pks = list(GoogleConnection.objects.values_list("pk", flat=True))
        while not enough(len(took)):
            rows = GoogleConnection.objects.filter(pk=random.choice(pks))
            took.append(seconds(partial(_reveal_first, rows)))
    return took


def _reveal_first(rows: models.QuerySet[GoogleConnection]) -> str:
    return reveal(rows.get(), "refresh_token")


@contextmanager
def computing() -> Iterator[None]:
    """A process that keeps a core busy, and touches nothing of ours."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


@contextmanager
def other_process() -> Iterator[Callable[[], bool]]:
    """A rotation in a process of its own; gives a question: is it still running?"""
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-W", "ignore", "-m", "tests.test_rotation.process", "rotate", name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        # The line that it writes when it begins.
        _ = process.stdout.readline() if process.stdout else ""
        yield lambda: process.poll() is None
