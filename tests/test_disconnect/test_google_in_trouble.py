"""Google is down while somebody disconnects: gone here, asked again until it answers."""

from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.exchanges import exchanges_of, leaks
from tests.journeys import connected
from tests.scripting import script, stop_scripting
from tests.test_disconnect.flows import (
    as_stored,
    disconnect,
    grants,
    revocation_of,
    tell_google,
)
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation
from tokens.connections.services.access_token import ConnectionUnusable, access_token
from tokens.connections.services.revocations import carry_out
from tokens.connections.states import ConnectionStatus
from tokens.connections.tasks import revoke_due
from tokens.encryption.sealing import reveal
from tokens.exchanges.models import Exchange
from tokens.exchanges.recording import Subject
from tokens.google.errors import ErrorKind, GoogleError
from tokens.google.retry import REVOKE
from tokens.google.revoke import revoke
from tokens.google.transport import start


@pytest.fixture
def row(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


def later(**span: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**span))


@pytest.mark.parametrize("scenario", ["html-502", "connection-reset"])
def test_it_is_disconnected_here_and_asked_again_until_google_answers(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread, scenario: str
) -> None:
    script(google, scenario)
    disconnect(owner_browser, row)
    tell_google()
    waiting = revocation_of(row)
    assert as_stored(row.pk).status == ConnectionStatus.DISCONNECTED
    assert (waiting.state, waiting.tries) == ("waiting", 1)
    assert waiting.problem
    assert "the portal keeps asking" in owner_browser.get(row.get_absolute_url()).content.decode()
    assert tell_google() == 0, "it waits before it asks again"
    stop_scripting(google)
    with later(minutes=5):
        tell_google()
    done = revocation_of(row)
    assert (done.state, done.tries, done.token) == ("confirmed", 2, None)
    assert grants(google) == 0


def test_after_the_last_try_the_token_is_destroyed_and_the_person_told_what_to_do(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    script(google, "html-502")
    disconnect(owner_browser, row)
    for day in range(REVOKE.tries):
        with later(days=day):
            tell_google()
    given_up = revocation_of(row)
    assert (given_up.state, given_up.token, given_up.tries) == ("given_up", None, REVOKE.tries)
    page = owner_browser.get(row.get_absolute_url()).content.decode()
    assert "Google never confirmed" in page
    assert "myaccount.google.com/connections" in page


def test_a_permission_that_is_gone_already_counts_as_confirmed(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    google.call(lambda world: world.state.refresh_tokens.clear())
    disconnect(owner_browser, row)
    tell_google()
    assert revocation_of(row).state == "confirmed"


def test_a_worker_that_died_in_the_middle_is_replaced(
    owner_browser: Client, cast: Cast, row: GoogleConnection
) -> None:
    disconnect(owner_browser, row)
    held = timezone.now() + timedelta(seconds=60)
    Revocation._base_manager.update(tries=1, due_at=held)
    assert tell_google() == 0
    with later(minutes=2):
        assert tell_google() == 1
    assert revocation_of(row).state == "confirmed"
    with tenant_scope(cast.tenant):
        carry_out(revocation_of(row).pk)
    assert revocation_of(row).tries == 2


def test_a_refresh_that_was_under_way_writes_nothing_back(
    owner_browser: Client,
    cast: Cast,
    row: GoogleConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def overtaken(work: Coroutine[Any, Any, Any]) -> Any:
        disconnect(owner_browser, row)
        return start(work)

    monkeypatch.setattr("tokens.connections.google.pool.start", overtaken)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(access_expires_at=timezone.now() - timedelta(hours=1))
        with suppress(ConnectionUnusable):
            access_token(as_stored(row.pk))
    ended = as_stored(row.pk)
    assert ended.status == ConnectionStatus.DISCONNECTED
    assert ended.access_token is ended.refresh_token is None


def test_a_credential_that_cannot_be_opened_does_not_keep_anybody_connected(
    owner_browser: Client, row: GoogleConnection
) -> None:
    foreign = row.access_token
    GoogleConnection._base_manager.update(refresh_token=foreign)
    assert disconnect(owner_browser, row).status_code == 303
    assert as_stored(row.pk).status == ConnectionStatus.DISCONNECTED
    assert revocation_of(row).state == "given_up"


def test_the_clock_finds_what_was_forgotten(
    owner_browser: Client,
    row: GoogleConnection,
    settings: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disconnect(owner_browser, row)
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr("tokens.connections.tasks.revoke.delay", lambda *ids: sent.append(ids))
    revoke_due()
    assert sent == [(str(row.tenant_id), str(revocation_of(row).pk))]


def test_only_google_s_documented_answer_proves_that_a_permission_is_gone(
    cast: Cast, row: GoogleConnection, google: EmulatorThread
) -> None:
    script(google, "html-502")
    subject = Subject(row.tenant_id, row.pk)
    with pytest.raises(GoogleError) as caught:
        revoke(reveal(row, "refresh_token"), subject, None)
    assert caught.value.kind is ErrorKind.UNAVAILABLE
    stop_scripting(google)
    revoke(reveal(row, "refresh_token"), subject, None)
    revoke(reveal(row, "refresh_token"), subject, None)
    with tenant_scope(cast.tenant):
        seen = Exchange.objects.filter(url__endswith="/revoke").order_by("created_at")
        assert [one.status for one in seen] == [502, 200, 400]
        assert not any("1//emu-" in str(one.request_body) for one in seen)


@pytest.mark.parametrize("status", [401, 403, 500])
def test_its_words_with_another_status_prove_nothing(
    row: GoogleConnection, google: EmulatorThread, status: int
) -> None:
    script(google, "odd-body", path="/revoke", body={"error": "invalid_token"}, status=status)
    with pytest.raises(GoogleError):
        revoke(reveal(row, "refresh_token"), Subject(row.tenant_id, row.pk), None)


@pytest.mark.parametrize("old", ["", "GOCSPX-emu-portal"])
def test_revocation_proves_which_client_asks_with_either_of_its_secrets(
    owner_browser: Client,
    row: GoogleConnection,
    google: EmulatorThread,
    settings: Settings,
    old: str,
) -> None:
    if old:
        settings.GOOGLE_CLIENT_SECRET_OLD = settings.GOOGLE_CLIENT_SECRET
        settings.GOOGLE_CLIENT_SECRET = "GOCSPX-emu-not-yet-known"
    script(google, "revoke-needs-client")
    disconnect(owner_browser, row)
    tell_google()
    assert (revocation_of(row).state, revocation_of(row).tries) == ("confirmed", 1)
    assert grants(google) == 0
    said = exchanges_of(row.tenant)[-1]
    assert not leaks([str(vars(said))])
    assert said.request_body["client_secret"].startswith("[")


def test_a_client_whose_secret_is_gone_still_asks_google(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread, settings: Settings
) -> None:
    disconnect(owner_browser, row)
    settings.GOOGLE_CLIENT_ID = "another.apps.googleusercontent.com"
    tell_google()
    assert revocation_of(row).state == "confirmed"


def test_a_refusal_for_good_is_told_at_once_with_what_to_do(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    script(google, "revoke-refused")
    disconnect(owner_browser, row)
    tell_google()
    given_up = revocation_of(row)
    assert (given_up.state, given_up.tries, given_up.token) == ("given_up", 1, None)
    page = owner_browser.get(row.get_absolute_url()).content.decode()
    assert "myaccount.google.com/connections" in page
