"""Whatever drops, and when: one decision sends one write, and the record knows of each."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, fresh, later, new_request, work
from tests.scripting import script, stop_scripting
from tests.test_wire.doors import writes
from tokens.connections.models.connection import GoogleConnection
from tokens.google import transport
from tokens.google.errors import GoogleError

DROPS: list[tuple[str, dict[str, float]]] = [
    ("drop-before-status", {"ms": 5}),
    ("drop-after-write", {"ms": 5}),
    ("connection-reset", {}),
    ("reset-mid-body", {}),
    ("write-applied-then-timeout", {"seconds": 0.05}),
]


@pytest.mark.parametrize(("scenario", "params"), DROPS)
@pytest.mark.parametrize("reused", [False, True], ids=["new", "reused"])
@pytest.mark.parametrize("write", ["POST API", "POST IAM", "DELETE IAM", "POST revoke"])
def test_a_write_leaves_once(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    write: str,
    reused: bool,
    scenario: str,
    params: dict[str, Any],
) -> None:
    google.call(lambda world: setattr(world.wire, "even", True))
    act = writes(owner_browser, cast, google)[write]
    if not reused:
        transport.close()
    before = asked(google)
    script(google, scenario, **params)
    with tenant_scope(cast.tenant):
        failed = fails(act)
    # Of writes alone Google may forget to answer in time; the rest knows no such thing.
    assert failed or scenario == "write-applied-then-timeout"
    assert asked(google) == before + 1


@pytest.mark.parametrize(("scenario", "params"), DROPS)
@pytest.mark.parametrize("path", ["/v1beta/properties", "/v1beta/accounts:provision"])
def test_one_account_property_and_stream_whatever_is_dropped(
    owner_browser: Client,
    google: EmulatorThread,
    connection: GoogleConnection,
    path: str,
    scenario: str,
    params: dict[str, Any],
) -> None:
    script(google, scenario, times=1, path=path, **params)
    request = new_request(owner_browser, connection)
    work()
    with later():
        work()
        answer_terms(owner_browser, fresh(request.pk), google)
        work()
        with later():
            work()
    stop_scripting(google)
    assert fresh(request.pk).status == Status.COMPLETED
    state = google.state
    made = len(state.accounts), len(state.properties), len(state.streams)
    assert made == (1, 1, 1)


def asked(google: EmulatorThread) -> int:
    """How many calls have reached Google."""
    return google.call(lambda world: len(world.log.entries))


def fails(act: Callable[[], object]) -> bool:
    """Whether Google's answer is an error."""
    try:
        act()
    except GoogleError:
        return True
    return False
