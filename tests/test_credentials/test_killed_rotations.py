"""A worker dies by kill -9 at any step of a rotation: the next one leaves exactly one key."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, make_cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.test_credentials.conftest import ROBOT, Desk
from tests.workers import Workers
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.service_accounts.services.rotation import start
from tokens.service_accounts.services.service_accounts import ask_google

pytestmark = [
    pytest.mark.slow,
    pytest.mark.record_is_lost("whoever is killed after a call writes nothing down"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]


@pytest.fixture
def workers(google: EmulatorThread) -> Iterator[Workers]:
    # They wait neither for the grace nor for the observing.
    at_once = {"CREDENTIAL_GRACE_HOURS": "0", "CREDENTIAL_OBSERVE_HOURS": "0"}
    workers = Workers("tests.test_credentials.killable", google, **at_once)
    yield workers
    workers.stop()


def at_google(desk: Desk) -> dict[str, bool]:
    """Key id and whether it is disabled, for those that people manage."""
    keys = desk.google.state.service_account_keys.values()
    return {one.id: one.disabled for one in keys if one.email == ROBOT and one.kind == "USER"}


def here() -> dict[str, str]:
    with across_tenants():
        rows = ServiceAccountKey.objects.filter(private_key__isnull=False)
        return dict(rows.values_list("kid", "state"))


def signs(cast: Cast) -> str:
    """Why Google refuses the key in use; empty when its sealed private half opens and signs."""
    with tenant_scope(cast.tenant):
        return ask_google(ServiceAccount.objects.get())


def lease_ends(cast: Cast) -> None:
    """A dead worker's rotation comes back when its lease ends; here it ends now."""
    with tenant_scope(cast.tenant):
        open_ones = ServiceAccountRotation.objects.filter(finished_at=None)
        open_ones.update(due_at=timezone.now())


def begin(cast: Cast) -> ServiceAccountRotation:
    with tenant_scope(cast.tenant):
        return start(ServiceAccount.objects.get(), by_worker())


def test_exactly_one_key_that_works_whatever_step_a_worker_dies_at(
    google: EmulatorThread, workers: Workers
) -> None:
    cast = make_cast()
    browser: Client = signed_in(cast.owner)
    desk = Desk(browser, cast.tenant.slug, google)
    desk.upload(desk.key_files()[0])
    begin(cast)
    steps = workers.finish()
    assert steps > 30
    deaths = 0
    for step in range(1, steps + 1):
        old = set(here())
        rotation = begin(cast)
        deaths += workers.die(step)
        # Nobody has come to help yet, and reading goes on.
        assert signs(cast) == "", step
        lease_ends(cast)
        workers.finish()
        with tenant_scope(cast.tenant):
            rotation.refresh_from_db()
            account = ServiceAccount.objects.get()
        assert rotation.state == "done", (step, rotation.state, rotation.reason, rotation.problem)
        assert list(at_google(desk).values()) == [False], step
        assert here() == dict.fromkeys(at_google(desk), "active"), step
        assert not old & set(here()), step
        assert account.other_keys == [], step
        assert signs(cast) == "", step
    assert deaths == steps
