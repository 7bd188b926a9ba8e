"""Requests under every order of events end lawfully, and no account is lost or made twice.

`make soak-walks` walks five hundred times; `WALKS` says how often, and `WALKS_SHRINK=1` has the
shortest walk looked for that fails in the same way.
"""

import os

import pytest
from pytest_django import Settings

from provisioning.analytics.backends import Backend
from tests.emulator.thread import EmulatorThread
from tests.machines import run_machine
from tests.test_create.walk import RequestWalk

WALKS = int(os.environ.get("WALKS", "15"))
SHRINK = "WALKS_SHRINK" in os.environ


@pytest.mark.record_is_lost("each walk compares its own, and is rolled back")
@pytest.mark.slow
@pytest.mark.timeout(300 + 30 * WALKS)
@pytest.mark.parametrize("backend", Backend)
def test_no_order_of_events_leads_astray(
    db: None, google: EmulatorThread, settings: Settings, backend: Backend
) -> None:
    settings.GOOGLE_PROVISIONING_V3 = backend is Backend.V3
    RequestWalk.google, RequestWalk.backend = google, backend
    run_machine(RequestWalk, examples=WALKS, steps=30, shrink=SHRINK)
