"""`manage.py google_connect` in a process of its own, with the person's browser beside it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from queue import Queue
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.offboarding.services.organisation_deletion import request_deletion
from accounts.tenancy.scope import across_tenants, tenant_scope
from portal.demo.programs import ROOT
from provisioning.analytics.backends import Backend
from provisioning.existing.services import look_up
from tests.cast import Cast, make_cast, signed_in
from tests.emulator.person import Person
from tests.emulator.state import Client as GoogleClient
from tests.emulator.thread import EmulatorThread
from tests.exchanges import exchanges_of, leaks
from tests.journeys import AGENCY, SHOP, connect
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.access_token import access_token
from tokens.connections.states import FlowOutcome

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
PROGRAM = [sys.executable, "-W", "ignore", "manage.py", "google_connect"]
CONNECTED = "tokens:connection:connected"
TERMINAL = ("terminal.apps.googleusercontent.com", "GOCSPX-emu-terminal")


class Screen(StringIO):
    """What a command says, line by line, to whoever waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Queue[str] = Queue()

    def write(self, text: str) -> int:
        """One more line."""
        self.lines.put(text)
        return super().write(text)


class Terminal:
    """A command that runs beside the person's browser."""

    def __init__(self, *arguments: str) -> None:
        self.screen = Screen()
        self.code = 0
        self.thread = Thread(target=self._run, args=arguments)
        self.thread.start()

    def _run(self, *arguments: str) -> None:
        try:
            call_command("google_connect", *arguments, stdout=self.screen)
        except CommandError as error:
            self.code = 1
            self.screen.write(str(error))
        finally:
            connections.close_all()

    def address(self) -> str:
        """The address of Google's consent page, as soon as it is printed."""
        while not (line := self.screen.lines.get(timeout=30)).startswith("http"):
            assert self.thread.is_alive(), self.screen.getvalue()
        return line.strip()

    def end(self) -> tuple[int, str]:
        """Its exit code, and all that it said."""
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()
        return self.code, self.screen.getvalue()


class Machine:
    """The server that an operator has a terminal of."""

    def __init__(self, google: EmulatorThread, folder: Path) -> None:
        self.google, self.client_file = google, folder / "client_secret.json"
        client_id, secret = TERMINAL
        content = {"installed": {"client_id": client_id, "client_secret": secret}}
        self.client_file.write_text(json.dumps(content))
        google.state.clients[client_id] = GoogleClient(client_id, secret, kind="installed")

    @contextmanager
    def runs(self, *arguments: str) -> Iterator[Terminal]:
        """Start the command, and see it end."""
        terminal = Terminal(*arguments)
        yield terminal
        terminal.end()

    def process(self, *arguments: str) -> subprocess.Popen[str]:
        """The command in a process of its own, as an operator starts it."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.test_refresh.process_settings",
            "PROCESS_DATABASE": str(connection.settings_dict["NAME"]),
            "PROCESS_GOOGLE": self.google.base_url,
            "GOOGLE_INSTALLED_CLIENT_FILE": str(self.client_file),
        }
        return subprocess.Popen(
            [*PROGRAM, *arguments],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def consents(self, address: str, email: str = AGENCY, *, deny: bool = False) -> str:
        """Answer Google's page; returns where the browser is sent."""
        return Person(self.google.base_url, email).consent(address, deny=deny)


@pytest.fixture
def machine(google: EmulatorThread, tmp_path: Path, settings: Settings) -> Machine:
    machine = Machine(google, tmp_path)
    # The workers of the portal know the client too.
    settings.GOOGLE_INSTALLED_CLIENT_FILE = str(machine.client_file)
    return machine


@pytest.fixture
def acme(machine: Machine) -> Cast:
    return make_cast()


def opened(url: str, host: str | None = None) -> tuple[int, str]:
    """What a browser shows."""
    answer = requests.get(url, headers={"Host": host} if host else {}, timeout=30)
    return answer.status_code, answer.text


def refresh(cast: Cast) -> None:
    """Let the access token end, and get another one."""
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(access_expires_at=timezone.now())
        assert access_token(connected_row(cast)).startswith("ya29.")


def connected_row(cast: Cast) -> GoogleConnection:
    with tenant_scope(cast.tenant):
        return GoogleConnection.objects.select_related("client", "tenant").get()


@pytest.mark.slow
def test_an_operator_connects_an_account_by_one_command(machine: Machine, acme: Cast) -> None:
    process = machine.process("acme-agency")
    assert process.stdout is not None
    address = next(line.strip() for line in process.stdout if line.startswith("http"))
    status, page = opened(machine.consents(address))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, status) == (0, 200), err
    assert "agency@gmail.example is connected to Acme Agency." in out
    assert connected_row(acme).email == AGENCY
    assert leaks([out, err, page]) == []


def test_consent_in_a_browser_connects(machine: Machine, acme: Cast) -> None:
    with machine.runs("acme-agency") as terminal:
        status, page = opened(machine.consents(terminal.address()))
        code, said = terminal.end()
    assert (code, status) == (0, 200), said
    assert "agency@gmail.example is connected to Acme Agency." in said
    assert "agency@gmail.example is connected to Acme Agency." in page
    row = connected_row(acme)
    assert (row.email, row.is_usable, row.connected_by) == (AGENCY, True, None)
    assert row.client.client_id == TERMINAL[0]
    assert leaks([said, page]) == []


def test_the_address_carries_state_challenge_and_the_very_port(
    machine: Machine, acme: Cast
) -> None:
    with machine.runs("acme-agency") as terminal:
        address = terminal.address()
        opened(machine.consents(address, deny=True))
    asked = {name: one for name, [one] in parse_qs(urlsplit(address).query).items()}
    assert asked["client_id"] == TERMINAL[0]
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 43
    back = urlsplit(asked["redirect_uri"])
    assert (back.scheme, back.hostname, back.path) == ("http", "127.0.0.1", "/")
    assert back.port


def test_it_is_refreshed_and_read_with_through_the_same_client(
    machine: Machine, acme: Cast
) -> None:
    with machine.runs("acme-agency") as terminal:
        opened(machine.consents(terminal.address()))
        assert terminal.end()[0] == 0
    refresh(acme)
    with tenant_scope(acme.tenant):
        assert look_up(connected_row(acme), Backend.GA4).accounts == []
    kinds = [one.request_body.get("grant_type") for one in exchanges_of(acme.tenant)]
    assert kinds[:2] == ["authorization_code", "refresh_token"]


def test_the_audit_record_names_the_command(machine: Machine, acme: Cast) -> None:
    with machine.runs("acme-agency") as terminal:
        opened(machine.consents(terminal.address()))
        assert terminal.end()[0] == 0
    with across_tenants():
        events = AuditEvent.objects.filter(tag__in=("tokens:trip:started", CONNECTED))
        told = {one.tag: (one.actor_kind, one.data["staff_reason"]) for one in events}
    command = ("staff", "manage.py google_connect")
    assert told == {"tokens:trip:started": command, CONNECTED: command}


def test_a_no_at_google_is_said_in_both_places(machine: Machine, acme: Cast) -> None:
    with machine.runs("acme-agency") as terminal:
        status, page = opened(machine.consents(terminal.address(), deny=True))
        code, said = terminal.end()
    assert (code, status) == (1, 200)
    for text in (said, page):
        assert "You chose Cancel on Google&#x27;s page" in text.replace("'", "&#x27;")
    assert outcomes(acme) == [FlowOutcome.DENIED]


def outcomes(cast: Cast) -> list[str]:
    with tenant_scope(cast.tenant):
        assert not GoogleConnection.objects.exists()
        return list(OAuthFlow.objects.values_list("outcome", flat=True))


def test_a_missing_permission_is_named(machine: Machine, acme: Cast) -> None:
    script(machine.google, "consent-none")
    with machine.runs("acme-agency") as terminal:
        opened(machine.consents(terminal.address()))
        code, said = terminal.end()
    assert code == 1
    assert "Missing: Create and edit Google Analytics accounts." in said
    assert outcomes(acme) == [FlowOutcome.PARTIAL]


def test_an_answer_with_another_state_connects_nothing(machine: Machine, acme: Cast) -> None:
    with machine.runs("acme-agency") as terminal:
        back = machine.consents(terminal.address())
        state = parse_qs(urlsplit(back).query)["state"][0]
        status, page = opened(back.replace(state, state[::-1]))
        code, said = terminal.end()
    assert (code, status) == (1, 400)
    assert "its state is wrong" in said
    assert "its state is wrong" in page
    assert outcomes(acme) == [FlowOutcome.PENDING]


def test_nobody_coming_back_ends_it_by_itself(
    machine: Machine, acme: Cast, settings: Settings
) -> None:
    settings.GOOGLE_AUTHORIZATION_TTL = 1
    with machine.runs("acme-agency") as terminal:
        code, said = terminal.end()
    assert code == 1
    assert "Nobody came back from Google in time." in said
    assert outcomes(acme) == [FlowOutcome.PENDING]


def test_only_google_s_return_is_taken(machine: Machine, acme: Cast) -> None:
    with machine.runs("acme-agency") as terminal:
        back = machine.consents(terminal.address())
        parts = urlsplit(back)
        here = f"http://{parts.netloc}"
        assert opened(f"{here}/favicon.ico")[0] == 404
        assert opened(f"{here}/")[0] == 404
        assert opened(f"{here}/elsewhere?{parts.query}")[0] == 404
        # Another site's page whose name was made to lead here.
        assert opened(back, host=f"rebound.example:{parts.port}")[0] == 404
        assert opened(back)[0] == 200
        assert terminal.end()[0] == 0
    assert connected_row(acme).email == AGENCY


def test_the_web_address_does_not_take_a_terminal_s_answer(machine: Machine, acme: Cast) -> None:
    with machine.runs("acme-agency") as terminal:
        back = machine.consents(terminal.address())
        answer = signed_in(acme.owner).get(f"/google/callback/?{urlsplit(back).query}")
        assert answer.status_code == 400
        assert outcomes(acme) == [FlowOutcome.PENDING]
        assert opened(back)[0] == 200


def test_a_port_can_be_chosen_for_a_tunnel(machine: Machine, acme: Cast) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with machine.runs("acme-agency", "--port", port) as terminal:
        back = machine.consents(terminal.address())
        assert urlsplit(back).port == int(port)
        with machine.runs("acme-agency", "--port", port) as second:
            code, said = second.end()
        assert code == 1
        assert f"Port {port} cannot be listened on" in said
        assert opened(back)[0] == 200
        assert terminal.end()[0] == 0


def test_an_organisation_that_is_not_there_is_said(machine: Machine, acme: Cast) -> None:
    with machine.runs("nobody") as terminal:
        assert terminal.end() == (1, "There is no organisation nobody.")


def test_an_organisation_that_is_going_is_not_connected_to(machine: Machine, acme: Cast) -> None:
    with tenant_scope(acme.tenant):
        request_deletion(acme.tenant, by_worker())
    with machine.runs("acme-agency") as terminal:
        code, said = terminal.end()
    assert code == 1
    assert "about to be deleted" in said


def test_without_a_client_it_says_which_setting_is_missing(
    machine: Machine, acme: Cast, settings: Settings
) -> None:
    settings.GOOGLE_INSTALLED_CLIENT_FILE = ""
    with machine.runs("acme-agency") as terminal:
        code, said = terminal.end()
    assert code == 1
    assert "GOOGLE_INSTALLED_CLIENT_FILE is empty" in said


def in_terminal(machine: Machine, email: str = AGENCY) -> None:
    with machine.runs("acme-agency") as terminal:
        opened(machine.consents(terminal.address(), email))
        assert terminal.end()[0] == 0


def test_the_same_account_again_renews_its_connection(machine: Machine, acme: Cast) -> None:
    in_terminal(machine)
    first = connected_row(acme)
    in_terminal(machine)
    again = connected_row(acme)
    assert (again.pk, again.fencing_token > first.fencing_token) == (first.pk, True)


def test_no_account_is_created_through_it_until_a_browser_has_connected_it(
    machine: Machine, acme: Cast
) -> None:
    in_terminal(machine)
    row, browser = connected_row(acme), signed_in(acme.owner)
    form = reverse("request-new", args=["acme-agency"])
    assert str(row.pk) not in browser.get(form).content.decode()
    page = browser.get(row.get_absolute_url()).content.decode()
    assert "Connected in a terminal" in page
    in_browser(browser, machine, row)
    moved = connected_row(acme)
    assert (moved.pk, moved.client.client_id) == (row.pk, "portal.apps.googleusercontent.com")
    assert str(row.pk) in browser.get(form).content.decode()
    assert "Connected in a terminal" not in browser.get(row.get_absolute_url()).content.decode()
    refresh(acme)
    assert connected_row(acme).is_usable


def in_browser(browser: Client, machine: Machine, row: GoogleConnection) -> None:
    answer = browser.post(reverse("connection-reconnect", args=["acme-agency", row.pk]))
    back = urlsplit(machine.consents(answer["Location"]))
    assert browser.get(f"{back.path}?{back.query}").status_code == 303


def test_another_account_in_the_browser_moves_nothing(machine: Machine, acme: Cast) -> None:
    in_terminal(machine)
    row, browser = connected_row(acme), signed_in(acme.owner)
    answer = browser.post(reverse("connection-reconnect", args=["acme-agency", row.pk]))
    back = urlsplit(machine.consents(answer["Location"], SHOP))
    browser.get(f"{back.path}?{back.query}")
    assert connected_row(acme).client.client_id == TERMINAL[0]


def test_both_clients_may_hold_one_account(machine: Machine, acme: Cast) -> None:
    connect(signed_in(acme.owner), acme.tenant, machine.google)
    in_terminal(machine)
    with tenant_scope(acme.tenant):
        held = GoogleConnection.objects.filter(email=AGENCY)
        assert {one.client.client_id for one in held.select_related("client")} == {
            "portal.apps.googleusercontent.com",
            TERMINAL[0],
        }
