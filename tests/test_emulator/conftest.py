"""One emulator for the whole run, started from the seed before every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.test_emulator.product import SEED, Product


@pytest.fixture(scope="session")
def running() -> Iterator[EmulatorThread]:
    with EmulatorThread(seed=SEED) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: EmulatorThread) -> EmulatorThread:
    running.reset(SEED)
    return running


@pytest.fixture
def product(emulator: EmulatorThread) -> Product:
    return Product(emulator.base_url)


@pytest.fixture
def ada(emulator: EmulatorThread) -> Person:
    return Person(emulator.base_url, "ada@gmail.example")
