"""Many callers of one expired connection cause one request to Google."""

import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.cast import make_cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.exchanges import forget_exchanges
from tests.journeys import connected
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services import access_token as access
from tokens.connections.services.access_token import LEASE, ConnectionUnusable, access_token
from tokens.exchanges.models import Exchange
from tokens.google.transport import start

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 16


@pytest.fixture
def expired(google: EmulatorThread) -> GoogleConnection:
    cast = make_cast()
    row = connected(signed_in(cast.owner), cast.tenant, google)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(access_expires_at=timezone.now())
    forget_exchanges(google)
    return row


def call(tenant: Tenant, pk: UUID, gate: threading.Barrier) -> str:
    try:
        with tenant_scope(tenant):
            row = GoogleConnection.objects.select_related("client").get(pk=pk)
            gate.wait(timeout=10)
            return access_token(row)
    finally:
        connections.close_all()


def all_at_once(row: GoogleConnection) -> list[str]:
    gate = threading.Barrier(CALLERS)
    with ThreadPoolExecutor(CALLERS) as pool:
        calls = [pool.submit(call, row.tenant, row.pk, gate) for _ in range(CALLERS)]
        return [one.result() for one in calls]


def refreshes(row: GoogleConnection) -> int:
    with tenant_scope(row.tenant):
        return Exchange.objects.filter(connection=row).count()


def test_sixteen_callers_share_one_refresh(
    google: EmulatorThread, expired: GoogleConnection
) -> None:
    script(google, "latency", ms=300)
    tokens = all_at_once(expired)
    assert len(set(tokens)) == 1
    assert refreshes(expired) == 1


def test_a_lease_whose_holder_died_is_taken_over(
    google: EmulatorThread, expired: GoogleConnection
) -> None:
    with tenant_scope(expired.tenant):
        GoogleConnection.objects.update(
            fencing_token=7, leased_until=timezone.now() - timedelta(seconds=1)
        )
        assert access_token(expired).startswith("ya29.emu-")
    assert refreshes(expired) == 1


def test_whoever_looked_before_a_refresh_ended_does_not_ask_again(
    google: EmulatorThread, expired: GoogleConnection
) -> None:
    with tenant_scope(expired.tenant):
        GoogleConnection.objects.update(fencing_token=1, leased_until=timezone.now() + LEASE)
        seen = GoogleConnection.objects.get()
        GoogleConnection.objects.update(leased_until=None, refreshed_at=timezone.now())
        assert not access._lease(seen)


def test_a_late_answer_does_not_overwrite_what_came_after_it(
    google: EmulatorThread, expired: GoogleConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(work: Coroutine[Any, Any, Any]) -> Any:
        GoogleConnection._base_manager.update(fencing_token=99, leased_until=timezone.now() + LEASE)
        return start(work)

    monkeypatch.setattr("tokens.connections.google.pool.start", overtaken)
    with tenant_scope(expired.tenant):
        before = GoogleConnection.objects.get().access_token
        access_token(expired)
        assert GoogleConnection.objects.get().access_token == before


def test_a_dead_grant_is_asked_about_once_and_everybody_is_told(
    google: EmulatorThread, expired: GoogleConnection
) -> None:
    script(google, "rt-revoked-by-user")
    with tenant_scope(expired.tenant):
        for _ in range(3):
            with pytest.raises(ConnectionUnusable):
                access_token(expired)
    assert refreshes(expired) == 1


def test_a_new_refresh_token_replaces_the_old_one_and_is_written_into_the_ledger(
    google: EmulatorThread, expired: GoogleConnection
) -> None:
    script(google, "rotate-rt", times=1)
    with tenant_scope(expired.tenant):
        access_token(expired)
        assert expired.issued.filter(state="live").count() == 1
        assert expired.issued.count() == 2
        GoogleConnection.objects.update(access_expires_at=timezone.now())
        assert access_token(expired).startswith("ya29.emu-")
