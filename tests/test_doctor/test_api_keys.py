"""The doctor in the terminal asks Google about every API key, and notes nothing."""

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
from tests.test_credentials.conftest import Desk
from tests.test_doctor.test_command import doctor
from tokens.api_keys.models import ApiKey

LINE = "acme-agency API key Quota: "


@pytest.fixture
def desk(owner_browser: Client, cast: Cast, google: EmulatorThread) -> Iterator[Desk]:
    cache.clear()
    beat()
    desk = Desk(owner_browser, cast.tenant.slug, google)
    value = desk.console("api-keys")["value"]
    desk.post("credential-api-key-new", name="Quota", secret=value, project="acme-project")
    yield desk
    cache.clear()


def line() -> tuple[int, str]:
    """The doctor's exit code, and its line of the key."""
    code, said = doctor()
    [found] = [one for one in said.splitlines() if LINE in one]
    return code, found


def test_a_key_that_works_is_well(desk: Desk) -> None:
    assert line() == (0, f"ok    {LINE}The key works.")


def test_a_key_that_was_deleted_at_google_is_red(desk: Desk) -> None:
    desk.google.call(lambda world: world.state.api_keys.clear())
    code, said = line()
    assert code == 1
    assert said.startswith(f"BAD   {LINE}Google does not know this key")
    with across_tenants():
        assert ApiKey.objects.get().problem == ""


def test_a_google_that_does_not_answer_says_nothing_of_the_key(desk: Desk) -> None:
    script(desk.google, "connection-reset")
    assert line()[1].startswith(f"WARN  {LINE}Google could not be asked.")


def test_an_old_key_and_one_of_another_project_are_pointed_out(desk: Desk) -> None:
    with across_tenants():
        ApiKey.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert line() == (0, f"WARN  {LINE}The key works, and is older than 90 days. Replace it.")
    with across_tenants():
        ApiKey.objects.update(of_another_project=True)
    assert "is not of acme-project, so it is not sent" in line()[1]
