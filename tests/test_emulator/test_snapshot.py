"""Snapshots and the command line: what was granted survives a restart."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.emulator import snapshot
from tests.emulator.person import Person
from tests.emulator.seed import Seed, SeedError
from tests.emulator.thread import EmulatorThread
from tests.emulator.world import World
from tests.test_emulator.product import SEED, Product

ROOT = Path(__file__).parents[2]


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Product]]:
    line = [sys.executable, "-m", "tests.emulator", "--port", "0", *arguments]
    # The line starts this interpreter with arguments written in this file.
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert words[:2] == ["emulator", "ready"]
        yield process, Product(words[2])
        process.kill()


def test_the_state_survives_a_round_flow(
    emulator: EmulatorThread, product: Product, ada: Person
) -> None:
    token = product.connect(ada)["access_token"]
    product.ticket(token)
    product.scenario("deny", scope={"user": "ada@gmail.example"}, params={"a": 1})
    written = json.loads(json.dumps(snapshot.encode(emulator.state)))
    assert snapshot.decode(written) == emulator.state


def test_saving_replaces_the_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.json"
    world = World.begin(Seed.from_dict(SEED))
    snapshot.save(path, world.state)
    snapshot.save(path, world.state)
    assert snapshot.load(path) == world.state
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]
    assert snapshot.load(tmp_path / "none.json") is None


def test_the_seed_wins_over_the_snapshot(tmp_path: Path) -> None:
    old = World.begin(Seed.from_dict(SEED))
    client = {**SEED["clients"][0], "client_secret": "GOCSPX-emu-new"}
    seed = Seed.from_dict({**SEED, "clients": [client], "ticket_ttl": 5})
    world = World.begin(seed, snapshot.decode(snapshot.encode(old.state)))
    assert world.state.clients[client["client_id"]].client_secret == "GOCSPX-emu-new"
    assert world.state.limits.ticket_ttl == 5


def test_a_snapshot_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        snapshot.decode({"version": 99})


def test_a_seed_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(SeedError, match="colour"):
        Seed.from_dict({"colour": "red"})


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
def test_the_command_keeps_grants_between_runs_and_stops_at_once(tmp_path: Path) -> None:
    seed, state = tmp_path / "seed.json", tmp_path / "state.json"
    seed.write_text(json.dumps(SEED), "utf-8")
    options = ("--seed", str(seed), "--state", str(state))
    with command(*options) as (process, product):
        token = product.connect(Person(product.base_url, "ada@gmail.example"))["refresh_token"]
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert time.monotonic() - started < 1
    with command(*options) as (process, product):
        assert product.refresh(token).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
