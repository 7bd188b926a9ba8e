"""Fixtures of the whole suite: a local Google, and a cast of people."""

from collections.abc import Iterator

import pytest
from django.test import Client

from tests.cast import Cast, make_cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.settings import EMULATOR_SOCKET, GOOGLE_SEED
from tokens.google.identity import forget_keys


@pytest.fixture(scope="session")
def _google() -> Iterator[EmulatorThread]:
    with EmulatorThread(EMULATOR_SOCKET, GOOGLE_SEED) as emulator:
        yield emulator


@pytest.fixture
def google(_google: EmulatorThread) -> EmulatorThread:
    """The local Google, as it is on its first day."""
    _google.reset()
    forget_keys()
    return _google


@pytest.fixture
def cast(db: None) -> Cast:
    """Owner, teammate and viewer of one tenant, and an outsider with a tenant of their own."""
    return make_cast()


@pytest.fixture
def owner_browser(cast: Cast) -> Client:
    """A browser in which the owner is signed in."""
    return signed_in(cast.owner)
