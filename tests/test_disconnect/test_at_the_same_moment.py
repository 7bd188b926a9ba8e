"""The last two leave in the same moment: one of them must see that it is the last."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from tests.cast import make_cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected
from tests.test_disconnect.flows import grants, tell_google
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.models.revocation import Revocation
from tokens.connections.services.disconnect import NotConnected, disconnect

pytestmark = pytest.mark.django_db(transaction=True)


def leave(row: GoogleConnection, gate: threading.Barrier) -> str:
    try:
        with tenant_scope(row.tenant):
            gate.wait(timeout=10)
            return disconnect(row, by_worker()).state
    except NotConnected:
        return "refused"
    finally:
        connections.close_all()


def at_once(*rows: GoogleConnection) -> list[str]:
    gate = threading.Barrier(len(rows))
    with ThreadPoolExecutor(len(rows)) as pool:
        left = [pool.submit(leave, row, gate) for row in rows]
        return sorted(one.result() for one in left)


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_that_leave_at_once_exactly_one_tells_google(
    google: EmulatorThread, attempt: int
) -> None:
    cast = make_cast()
    mine = connected(signed_in(cast.owner), cast.tenant, google)
    theirs = connected(signed_in(cast.outsider), cast.elsewhere, google)
    assert at_once(mine, theirs) == ["kept", "waiting"]
    tell_google()
    assert grants(google) == 0


def test_two_presses_at_once_disconnect_once(google: EmulatorThread) -> None:
    cast = make_cast()
    mine = connected(signed_in(cast.owner), cast.tenant, google)
    assert at_once(mine, mine) == ["refused", "waiting"]
    assert Revocation._base_manager.count() == 1
    assert IssuedRefreshToken._base_manager.filter(state="live").count() == 0
