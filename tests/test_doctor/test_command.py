"""`manage.py doctor`: the whole installation at a glance, and an exit code for machines."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from portal.operations.heartbeat import beat
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected
from tests.scripting import script
from tests.test_disconnect.flows import disconnect
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.states import ConnectionStatus


@pytest.fixture(autouse=True)
def _alive() -> Iterator[None]:
    cache.clear()
    beat()
    yield
    cache.clear()


@pytest.fixture
def row(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


def doctor(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out, stderr=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_all_is_well(row: GoogleConnection) -> None:
    code, said = doctor()
    assert code == 0, said
    assert said.endswith("All is well.\n")
    for words in (
        "clock: ",
        "OAuth client: portal.apps.googleusercontent.com",
        "http://testserver/google/callback/",
        "http://testserver/google/terms/",
        "worker: last sign of life",
        "overdue for ten minutes: 0 requests, 0 refreshes, 0 revocations",
        "acme-agency keys: 1 open",
        f"acme-agency {row.email}: This connection works",
        "other-ltd keys: none yet",
    ):
        assert words in said


def test_a_connection_that_needs_its_person_is_red(row: GoogleConnection) -> None:
    GoogleConnection._base_manager.update(status=ConnectionStatus.NEEDS_RECONNECT, reason="revoked")
    code, said = doctor()
    assert code == 1
    assert f"BAD   acme-agency {row.email}: Google refuses the permission" in said
    assert "1 of " in said


def test_one_tenant_can_be_examined_alone(
    cast: Cast, row: GoogleConnection, google: EmulatorThread
) -> None:
    theirs = connected(signed_in(cast.outsider), cast.elsewhere, google, "shop@gmail.example")
    said = doctor("--tenant", "other-ltd")[1]
    assert theirs.email in said
    assert row.email not in said
    with pytest.raises(CommandError, match="no organisation nowhere"):
        doctor("--tenant", "nowhere")


def test_a_disconnected_connection_is_not_red(owner_browser: Client, row: GoogleConnection) -> None:
    disconnect(owner_browser, row)
    code, said = doctor()
    assert (code, "off   acme-agency" in said) == (0, True)


def test_a_key_that_does_not_open_is_red(row: GoogleConnection, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode()]
    code, said = doctor()
    assert code == 1
    assert "is not in FIELD_ENCRYPTION_KEY" in said


def test_a_paused_client_is_red(row: GoogleConnection) -> None:
    OAuthClient._base_manager.update(paused_at=timezone.now(), pause_reason="refused")
    code, said = doctor()
    assert code == 1
    assert "paused: portal.apps.googleusercontent.com: refused" in said


def test_no_client_at_all_is_red(google: EmulatorThread, db: None, settings: Any) -> None:
    settings.GOOGLE_CLIENT_SECRET = ""
    assert "GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET is empty" in doctor()[1]


def test_a_wrong_clock_is_red(google: EmulatorThread, db: None) -> None:
    google.call(lambda world: setattr(world.state, "clock_offset", -300.0))
    code, said = doctor()
    assert code == 1
    assert "BAD   clock: +300" in said or "BAD   clock: +299" in said


def test_a_google_out_of_reach_is_red(google: EmulatorThread, db: None) -> None:
    script(google, "connection-reset")
    assert "Google could not be asked" in doctor()[1]


def test_no_worker_is_red(google: EmulatorThread, db: None) -> None:
    cache.clear()
    code, said = doctor()
    assert code == 1
    assert "No worker has ever said that it is alive" in said


def test_what_waits_too_long_is_pointed_out_but_not_red(row: GoogleConnection) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    GoogleConnection._base_manager.update(refresh_due_at=long_ago)
    code, said = doctor()
    assert code == 0
    assert "WARN  overdue for ten minutes: 0 requests, 1 refreshes" in said
