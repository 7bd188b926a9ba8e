"""Answers are read to their end, however they travel, and never beyond what is sane."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.exchanges import exchanges_of
from tests.journeys import answer_terms, connected, fresh, new_request, work
from tests.scripting import script, stop_scripting
from tests.test_credentials.conftest import ROBOT, Desk
from tests.test_wire.doors import caller_of_robot, doors
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import access_token
from tokens.google.errors import ErrorKind, GoogleError
from tokens.google.transport import json_object
from tokens.service_accounts.google import create_key

FAULTS: list[tuple[str, dict[str, Any], ErrorKind]] = [
    ("drop-before-status", {}, ErrorKind.NETWORK),
    ("connection-reset", {}, ErrorKind.NETWORK),
    ("reset-mid-body", {}, ErrorKind.NETWORK),
    ("wrong-length", {"by": 20}, ErrorKind.NETWORK),
    ("wrong-length", {"by": -20}, ErrorKind.MALFORMED_ANSWER),
    ("stall-mid-body", {"seconds": 2}, ErrorKind.TOO_SLOW),
    ("slow-body", {"seconds": 20}, ErrorKind.TOO_SLOW),
]


def test_a_whole_request_goes_well_in_tiny_pieces(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    script(google, "split-body", size=40, ms=0.5)
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, request, google)
    work()
    assert fresh(request.pk).status == Status.COMPLETED
    tokens = [row for row in exchanges_of(cast.tenant) if row.url.endswith("/token")]
    assert [row.status for row in tokens] == [200]


def test_a_token_answer_of_several_packets_is_read_each_time(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    """Of 150 answers in two packets 138 were lost once."""
    connection = connected(owner_browser, cast.tenant, google)
    script(google, "split-body", path="/token", size=200, ms=0.5)
    with tenant_scope(cast.tenant):
        for _ in range(30):
            row = GoogleConnection.objects.get(pk=connection.pk)
            access_token(row, refused=access_token(row))
    answered = google.call(lambda world: world.log.count(path="/token", status="200"))
    assert answered == 31


def test_the_private_half_of_a_new_key_arrives_in_pieces(desk: Desk, cast: Cast) -> None:
    caller = caller_of_robot(desk, cast)
    script(desk.google, "split-body", path="/v1/projects", size=300, ms=0.5)
    assert json.loads(create_key(caller))["client_email"] == ROBOT


@pytest.mark.parametrize(("scenario", "params", "kind"), FAULTS)
@pytest.mark.parametrize("door", ["token", "api", "iam"])
def test_every_door_tells_the_faults_of_the_wire_apart(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    settings: Settings,
    door: str,
    scenario: str,
    params: dict[str, Any],
    kind: ErrorKind,
) -> None:
    ask = doors(owner_browser, cast, google)[door]
    if kind is ErrorKind.TOO_SLOW:
        settings.GOOGLE_TIMEOUT = 0.6
    script(google, scenario, **params)
    with tenant_scope(cast.tenant), pytest.raises(GoogleError) as caught:
        ask()
    assert caught.value.kind is kind
    latest = exchanges_of(cast.tenant)[-1]
    assert latest.error == kind
    # What comes behind the length that was said spoils the head before it.
    began = scenario.endswith("-body") or params.get("by", 0) > 0
    assert (latest.status == 200) is began
    stop_scripting(google)
    settings.GOOGLE_TIMEOUT = 5
    with tenant_scope(cast.tenant):
        assert ask()


def test_an_answer_without_end_is_not_kept_in_memory(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    ask = doors(owner_browser, cast, google)["token"]
    script(google, "oversized-body", bytes=1_000_000)
    with tenant_scope(cast.tenant), pytest.raises(GoogleError) as caught:
        ask()
    assert caught.value.kind is ErrorKind.MALFORMED_ANSWER


def test_a_long_list_is_no_answer_without_end(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    ask = doors(owner_browser, cast, google)["api"]
    script(google, "oversized-body", bytes=1_000_000)
    with tenant_scope(cast.tenant):
        assert ask()


@pytest.mark.parametrize("raw", [b"[" * 100_000, b"\xff\xfe", b"1" * 5_000, b'{"a": NaN', b""])
def test_what_is_no_json_object_is_nothing(raw: bytes) -> None:
    assert json_object(raw) is None
