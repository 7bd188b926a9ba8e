"""Fixtures of the whole suite: a local Google, and a cast of people."""

import gc
from collections.abc import Generator, Iterator

import pytest
from django.apps import AppConfig
from django.contrib.auth.models import Group
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.test import Client
from pytest_django import Settings

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from provisioning.analytics.backends import Backend
from provisioning.requests.services.defaults import Choices, save_defaults
from tests.agreement import differences
from tests.cast import Cast, make_cast, signed_in
from tests.emulator import wire
from tests.emulator.thread import EmulatorThread
from tests.settings import EMULATOR_SOCKET, GOOGLE_SEED
from tokens.google.signing_keys import forget_keys

# As `accounts/migrations/0002_staff_groups.py` names them.
NAMES = ("Support", "Operators", "Key keepers")


@receiver(post_migrate, dispatch_uid="groups of staff")
def groups_come_back(app_config: AppConfig, **_: object) -> None:
    """Emptying the tables after a test with transactions takes away what a migration has made."""
    if app_config.label == "accounts":
        for name in NAMES:
            Group.objects.get_or_create(name=name)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks the database: the rest is the same on every database, and runs on one."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}:
            item.add_marker("database")


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among all that was imported: a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the seed of what the local Google left to chance, where something failed."""
    report = yield
    if report.failed:
        report.sections.append(("the local Google's wire", f"{wire.ENVIRONMENT}={wire.SEED}"))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, bool, bool]:
    """After each test that has a Google: what was asked of it is what was written down."""
    done = yield
    google = pyfuncitem.funcargs.get("google")
    exempt = pyfuncitem.get_closest_marker("record_is_lost")
    if isinstance(google, EmulatorThread) and exempt is None:
        assert differences(google) == []
    return done


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


@pytest.fixture
def legacy(cast: Cast, settings: Settings) -> None:
    """A portal that Google serves v3 to, and a tenant that has chosen it."""
    settings.GOOGLE_PROVISIONING_V3 = True
    with tenant_scope(cast.tenant):
        save_defaults(cast.tenant, Choices(backend=Backend.V3), by_worker())
