"""The doctor's line of a service account: Google is asked, and its refusals are told in words."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.tenancy.scope import across_tenants
from portal.operations.heartbeat import beat
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.scripting import script
from tests.test_credentials.conftest import ROBOT, Desk
from tests.test_doctor.test_command import doctor
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey

LINE = f"acme-agency {ROBOT}: "


@pytest.fixture
def desk(owner_browser: Client, cast: Cast, google: EmulatorThread) -> Iterator[Desk]:
    cache.clear()
    beat()
    desk = Desk(owner_browser, cast.tenant.slug, google)
    desk.upload(desk.key_files()[0])
    yield desk
    cache.clear()


def line() -> tuple[int, str]:
    """The doctor's exit code, and its line of the account."""
    code, said = doctor()
    [found] = [one for one in said.splitlines() if LINE in one]
    return code, found


def test_a_key_that_works_is_well(desk: Desk) -> None:
    assert line() == (0, f"ok    {LINE}The key works.")


def test_a_key_that_was_deleted_at_google_is_red(desk: Desk) -> None:
    with across_tenants():
        kid = ServiceAccountKey.objects.get().kid
    desk.google.call(lambda world: world.state.service_account_keys.pop(kid))
    code, said = line()
    assert code == 1
    assert "the key was deleted or disabled at Google" in said


def test_a_key_that_was_disabled_at_google_is_red(desk: Desk) -> None:
    for key in desk.google.state.service_account_keys.values():
        key.disabled = True
    code, said = line()
    assert code == 1
    assert "the key was deleted or disabled at Google" in said


def test_an_account_that_was_disabled_at_google_is_red(desk: Desk) -> None:
    desk.google.state.service_accounts[ROBOT].disabled = True
    code, said = line()
    assert code == 1
    assert "The service account is disabled. Enable it in Google Cloud." in said


def test_a_wrong_clock_is_told_with_its_measure(desk: Desk) -> None:
    desk.console("clock", offset_seconds=-900)
    code, said = line()
    assert code == 1
    assert "clock differs from Google's by 900 seconds" in said.replace("899", "900")


def test_a_google_that_does_not_answer_says_nothing_of_the_key(desk: Desk) -> None:
    script(desk.google, "token-503-html")
    said = line()[1]
    assert said.startswith(f"WARN  {LINE}Google could not be asked.")


def test_an_old_key_and_strangers_are_pointed_out(desk: Desk) -> None:
    with across_tenants():
        since = timezone.now().isoformat()
        ServiceAccount.objects.update(other_keys=[{"kid": "f" * 40, "since": since}])
    assert "Google lists 1 more that nobody here holds" in line()[1]
    with across_tenants():
        ServiceAccountKey.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert line() == (0, f"WARN  {LINE}The key works, and is older than 90 days. Rotate it.")


def test_the_doctor_notes_nothing(desk: Desk) -> None:
    with across_tenants():
        before = list(ServiceAccount.objects.values()), list(ServiceAccountKey.objects.values())
    doctor()
    with across_tenants():
        after = list(ServiceAccount.objects.values()), list(ServiceAccountKey.objects.values())
    assert before[0] == after[0]
    assert [one["last_used_at"] for one in before[1]] == [one["last_used_at"] for one in after[1]]
