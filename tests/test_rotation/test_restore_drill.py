"""The restore drill: a real dump, a real restore, and processes that start on it.

With a wrong ring they are sealed and change nothing of anybody's; with the right one they
wait in quarantine until the doctor has passed, and then go on.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import requests
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg import sql

from accounts.tenancy.scope import tenant_scope
from portal.demo.programs import ROOT
from provisioning.requests.states import Status
from tests.cast import make_cast
from tests.emulator.thread import EmulatorThread
from tests.fleets import fleet, granted
from tests.keyrings import fresh_key
from tests.postgres_tools import program
from tests.rows import request_row
from tests.scratch_database import scratch_database
from tokens.api_keys.models import ApiKey
from tokens.encryption.models.master_key import KeyReport
from tokens.encryption.sealing import seal
from tokens.encryption.services.master_keys import report

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not os.environ["DATABASE_URL"].startswith("postgres"),
        reason="SQLite's backup is a copy of its file; there is nothing to dump and restore",
    ),
]
MANY = 40
API_KEY = "AIzaEmu-canary-in-a-dump"
# What every start may write, also with a wrong ring: who runs, with which keys, and that.
OF_THE_HOUSE = {
    "accounts_auditevent",
    "accounts_auditlink",
    "tokens_keyreport",
    "tokens_masterkey",
    "tokens_restorehold",
}


@dataclass(frozen=True, slots=True)
class Restored:
    """A database that was dumped and restored, and the local Google."""

    url: str
    google: EmulatorThread

    def run(self, what: str, *ring: str) -> str:
        """Start a process on it that holds `ring`; returns what it said."""
        environment = {
            **os.environ,
            "PROCESS_DATABASE": urlsplit(self.url).path[1:],
            "PROCESS_GOOGLE": self.google.base_url,
            "PROCESS_RING": ",".join(ring),
        }
        command = [sys.executable, "-W", "ignore", "-m", "tests.test_rotation.restored", what]
        ended = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def rows(self) -> dict[str, str]:
        """What every table holds, as a hash of all of its rows."""
        with psycopg.connect(self.url) as server:
            names = server.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            ).fetchall()
            return {name: self._hash(server, name) for (name,) in names}

    def _hash(self, server: psycopg.Connection, name: str) -> str:
        query = sql.SQL(
            "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
        )
        row = server.execute(query.format(sql.Identifier(name))).fetchone()
        assert row is not None
        return str(row[0])

    def asked(self) -> int:
        """How often Google was asked for a refresh."""
        url = f"{self.google.base_url}/_emu/api/count"
        query = {"path": "/token", "grant_type": "refresh_token"}
        return int(requests.get(url, params=query, timeout=10).json()["count"])

    def refreshed(self) -> int:
        """How many connections have an access token now."""
        with psycopg.connect(self.url) as server:
            row = server.execute(
                "SELECT count(*) FROM tokens_googleconnection WHERE access_token IS NOT NULL"
            ).fetchone()
        return int(row[0]) if row else 0


def pg(name: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's programs."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as server:
        path = program(name, server.info.server_version // 10_000)
    if path is None:
        pytest.skip(f"no {name} is as new as the server")
    ended = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def of_the_test() -> str:
    """The address of this test's own database, as its owner."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.fixture
def restored(google: EmulatorThread, tmp_path: Path) -> Iterator[Restored]:
    """A portal with work ahead, dumped three hours ago, and restored now."""
    cast = make_cast()
    rows = fleet(cast.tenant, granted(google, MANY))
    request_row(rows[0], Status.QUEUED)
    with tenant_scope(cast.tenant):
        key = ApiKey(tenant=cast.tenant, name="Quota", last_four="dump")
        seal(key, "secret", API_KEY)
        key.save()
    report("worker")
    KeyReport.objects.update(seen_at=timezone.now() - timedelta(hours=3))
    dump = tmp_path / "portal.dump"
    pg("pg_dump", "--format=custom", "--compress=0", f"--file={dump}", of_the_test())
    copied = dump.read_bytes()
    for canary in (b"1//emu-", b"ya29.emu-", API_KEY.encode(), *keys_as_bytes()):
        assert canary not in copied
    with scratch_database(os.environ["DATABASE_URL"]) as url:
        assert url is not None
        pg("pg_restore", "--exit-on-error", f"--dbname={url}", dump)
        yield Restored(url, google)


def keys_as_bytes() -> list[bytes]:
    return [key.encode() for key in settings.FIELD_ENCRYPTION_KEY]


@pytest.mark.record_is_lost("what was written down after the dump goes with the restore")
def test_a_dump_restored_with_a_wrong_ring_and_then_with_the_right_one(restored: Restored) -> None:
    right = settings.FIELD_ENCRYPTION_KEY
    before = restored.rows()
    assert "is not in FIELD_ENCRYPTION_KEY" in restored.run("tick", fresh_key())
    after = restored.rows()
    assert {name for name in before if after[name] != before[name]} <= OF_THE_HOUSE
    assert len(before) > 30
    assert restored.asked() == 0

    assert "In quarantine: No process had reported since" in restored.run("tick", *right)
    assert restored.asked() == 0
    assert restored.refreshed() == 0

    said = restored.run("doctor", *right)
    assert f"{MANY} open, 0 do not" in said
    assert "tokens.ApiKey" in said
    assert "The quarantine has ended" in said

    assert restored.run("tick", *right) == "at work"
    assert restored.refreshed() == MANY
    assert restored.asked() == MANY
