"""The refresh engine: what is due is refreshed once, in turns, and nothing healthy dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import DataError, connections
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, make_cast
from tests.emulator.thread import EmulatorThread
from tests.fleets import fleet, granted
from tests.queued_emails import deliver, refusing
from tests.scripting import script, stop_scripting
from tokens.clients.models.client import OAuthClient
from tokens.connections.google.pool import AT_ONCE, Wire
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.keep_fresh import keep_fresh
from tokens.connections.services.refresh.lease import LEASE, TURNS, lease_due
from tokens.connections.services.refresh.results import Outcome, write_outcomes
from tokens.connections.services.refresh.worker import refresh_due
from tokens.connections.states import ConnectionStatus
from tokens.encryption.fields import Sealed
from tokens.encryption.sealing import reveal
from tokens.exchanges.models import Exchange
from tokens.google.oauth import Asked


def rows() -> list[GoogleConnection]:
    with across_tenants():
        return list(GoogleConnection.objects.select_related("tenant", "client").order_by("sub"))


def paused() -> bool:
    return OAuthClient._base_manager.filter(paused_at__isnull=False).exists()


def test_a_batch_is_refreshed_and_each_row_knows_when_next(
    cast: Cast, google: EmulatorThread
) -> None:
    fleet(cast.tenant, granted(google, 20))
    assert refresh_due() == 20
    for row in rows():
        assert reveal(row, "access_token").startswith("ya29.emu-")
        assert row.refresh_due_at is not None
        assert row.refresh_due_at > timezone.now() + timedelta(days=29)
        assert row.leased_until is None
        assert row.refresh_tries == 0
    assert refresh_due() == 0


def test_every_exchange_is_written_down(cast: Cast, google: EmulatorThread) -> None:
    fleet(cast.tenant, granted(google, 5))
    refresh_due()
    with tenant_scope(cast.tenant):
        assert Exchange.objects.count() == 5
        assert set(Exchange.objects.values_list("status", flat=True)) == {200}


def test_a_connection_with_work_ahead_is_kept_warm(cast: Cast, google: EmulatorThread) -> None:
    [row] = fleet(cast.tenant, granted(google, 1))
    refresh_due()
    with tenant_scope(cast.tenant):
        row.refresh_from_db()
        keep_fresh(row, timezone.now() + timedelta(hours=3))
        row.refresh_from_db()
    assert row.refresh_due_at is not None
    assert row.access_expires_at is not None
    assert row.refresh_due_at < row.access_expires_at - timedelta(minutes=4)
    with time_machine.travel(row.refresh_due_at + timedelta(seconds=1)):
        assert refresh_due() == 1


def test_an_idle_connection_is_touched_well_before_six_months(
    cast: Cast, google: EmulatorThread
) -> None:
    fleet(cast.tenant, granted(google, 1))
    refresh_due()
    for _ in range(8):
        due = rows()[0].refresh_due_at
        assert due is not None
        with time_machine.travel(due + timedelta(minutes=1)):
            assert refresh_due() == 1
            assert rows()[0].status == ConnectionStatus.ACTIVE


@pytest.mark.parametrize(
    "scenario",
    [
        "token-503-html",
        "token-502-html",
        "token-429",
        "internal_failure",
        "token-200-notjson",
    ],
)
def test_trouble_at_google_is_waited_out_and_kills_nothing(
    cast: Cast, google: EmulatorThread, scenario: str
) -> None:
    fleet(cast.tenant, granted(google, 3))
    script(google, scenario)
    refresh_due()
    for row in rows():
        assert row.status == ConnectionStatus.ACTIVE
        assert row.error_kind
        assert row.error_at is not None
        assert row.refresh_due_at is not None
        assert timezone.now() < row.refresh_due_at < timezone.now() + timedelta(minutes=2)
    stop_scripting(google)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert refresh_due() == 3
    assert {row.error_kind for row in rows()} == {""}


@pytest.mark.slow
def test_a_two_day_outage_ends_with_every_grant_alive_and_few_questions(
    cast: Cast, google: EmulatorThread
) -> None:
    fleet(cast.tenant, granted(google, 4))
    script(google, "token-503-html")
    asked = 0
    begin = timezone.now()
    for half_hours in range(97):
        with time_machine.travel(begin + timedelta(minutes=30 * half_hours)):
            asked += refresh_due()
    assert asked < 4 * 97 * 0.7
    stop_scripting(google)
    with time_machine.travel(begin + timedelta(days=2, hours=3)):
        assert refresh_due() == 4
    assert {row.status for row in rows()} == {ConnectionStatus.ACTIVE}


def test_a_dead_grant_is_told_apart_and_the_others_go_on(
    cast: Cast, google: EmulatorThread
) -> None:
    fleet(cast.tenant, ["1//emu-canary-never-issued", *granted(google, 3)])
    refresh_due()
    states = [(row.status, row.reason) for row in rows()]
    assert states.count(("active", "")) == 3
    assert states.count(("needs_reconnect", "revoked")) == 1
    assert refresh_due() == 0


def test_a_refused_client_is_paused_staff_are_told_once_and_it_comes_back_by_itself(
    cast: Cast, google: EmulatorThread, settings: Any
) -> None:
    settings.ADMINS = [("Staff", "staff@portal.example")]
    fleet(cast.tenant, granted(google, 5))
    script(google, "client-secret-rotated")
    refresh_due()
    assert paused()
    assert {row.status for row in rows()} == {ConnectionStatus.ACTIVE}
    begin = timezone.now()
    with time_machine.travel(begin + timedelta(minutes=2)):
        assert refresh_due() == 1
    stop_scripting(google)
    with time_machine.travel(begin + timedelta(minutes=30)):
        assert refresh_due() == 5
    assert not paused()
    with across_tenants():
        tags = list(AuditEvent._base_manager.values_list("tag", flat=True))
    assert tags.count("tokens:client:paused") == tags.count("tokens:client:resumed") == 1


def test_staff_get_one_mail_for_a_paused_client(
    cast: Cast, google: EmulatorThread, settings: Any
) -> None:
    settings.ADMINS = [("Staff", "staff@portal.example")]
    fleet(cast.tenant, granted(google, 3))
    script(google, "client-deleted")
    refresh_due()
    deliver()
    deliver()
    assert [one.to for one in mail.outbox] == [["staff@portal.example"]]
    assert "no grant is lost" in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_refuses_staff_s_mail_stops_no_refresh(
    google: EmulatorThread, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ADMINS = [("Staff", "staff@portal.example")]
    cast = make_cast()
    fleet(cast.tenant, granted(google, 3))
    script(google, "client-deleted")
    with refusing(monkeypatch):
        refresh_due()
    assert paused()
    assert {row.error_kind for row in rows()} == {"client_refused"}


def test_a_secret_that_does_not_open_blocks_nothing_else(
    cast: Cast, google: EmulatorThread
) -> None:
    made = fleet(cast.tenant, granted(google, 3))
    broken = Sealed(made[0].refresh_token.token[:-6] + "AAAAAA")
    GoogleConnection._base_manager.filter(pk=made[0].pk).update(refresh_token=broken)
    refresh_due()
    after = {row.pk: row for row in rows()}
    assert after[made[0].pk].reason == "unreadable"
    assert {after[row.pk].status for row in made[1:]} == {ConnectionStatus.ACTIVE}


@pytest.mark.record_is_lost("the transaction that writes it down is made to fail")
def test_a_tenant_whose_answers_cannot_be_written_stops_no_other(
    cast: Cast, google: EmulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(outcomes: list[Outcome], now: datetime) -> None:
        if outcomes[0].row.tenant_id == cast.tenant.pk:
            raise DataError("a value that the database does not take")
        write_outcomes(outcomes, now)

    monkeypatch.setattr("tokens.connections.services.refresh.worker.write_outcomes", write)
    fleet(cast.tenant, granted(google, 3))
    fleet(cast.elsewhere, granted(google, 3, user="small"))
    with pytest.raises(DataError):
        refresh_due()
    refreshed = [row.tenant_id for row in rows() if row.refreshed_at]
    assert refreshed == [cast.elsewhere.pk] * 3


@pytest.mark.slow
def test_no_more_is_asked_at_once_than_a_lease_can_bear(
    cast: Cast, google: EmulatorThread, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GOOGLE_REFRESH_RATE = 10_000.0
    waiting: list[int] = []

    class Watched(Wire[GoogleConnection]):
        def answers(self) -> list[tuple[GoogleConnection, Asked]]:
            waiting.append(self.waiting)
            return super().answers()

    monkeypatch.setattr("tokens.connections.services.refresh.worker.Wire", Watched)
    many = (TURNS + 2) * AT_ONCE
    fleet(cast.tenant, granted(google, many))
    assert refresh_due() == many
    assert max(waiting) <= TURNS * AT_ONCE
    assert LEASE.total_seconds() > TURNS * settings.GOOGLE_TIMEOUT


def test_a_row_whose_refresh_never_ends_is_set_aside_after_five_tries(
    cast: Cast, google: EmulatorThread
) -> None:
    fleet(cast.tenant, granted(google, 2))
    GoogleConnection._base_manager.filter(sub__endswith="-0").update(refresh_tries=5)
    assert refresh_due() == 1
    poison = rows()[0]
    assert poison.refresh_due_at is None
    assert poison.error_kind == "set_aside"
    assert "never ended" in poison.error_message
    event = AuditEvent._base_manager.get(tag="tokens:connection:set_aside")
    assert (event.target_id, event.actor_kind, event.data) == (
        str(poison.pk),
        "worker",
        {"tries": 5},
    )


def test_a_new_refresh_token_replaces_the_old_one(cast: Cast, google: EmulatorThread) -> None:
    [row] = fleet(cast.tenant, granted(google, 1))
    before = reveal(row, "refresh_token")
    script(google, "rotate-rt", times=1)
    refresh_due()
    after = rows()[0]
    assert reveal(after, "refresh_token") != before
    with tenant_scope(cast.tenant):
        assert after.issued.count() == 1
    GoogleConnection._base_manager.update(refresh_due_at=timezone.now())
    assert refresh_due() == 1
    assert rows()[0].status == ConnectionStatus.ACTIVE


def test_a_large_tenant_does_not_delay_a_small_one(cast: Cast, google: EmulatorThread) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    fleet(cast.tenant, granted(google, 60), due_at=long_ago)
    fleet(cast.elsewhere, granted(google, 5, user="small"))
    client = OAuthClient._base_manager.get()
    batches = lease_due(client, timezone.now(), 20)
    shares = {batch.tenant.slug: len(batch.rows) for batch in batches}
    assert shares[cast.elsewhere.slug] == 5
    assert sum(shares.values()) == 20 or shares[cast.tenant.slug] == 10


@pytest.mark.slow
def test_the_rate_bounds_what_all_workers_ask(
    cast: Cast, google: EmulatorThread, settings: Any
) -> None:
    settings.GOOGLE_REFRESH_RATE = 40.0
    fleet(cast.tenant, granted(google, 60))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert refresh_due() == 10
        assert refresh_due() == 0
        asked = 10
        for _ in range(4):
            clock.shift(timedelta(seconds=0.25))
            asked += refresh_due()
        assert 35 <= asked <= 40


@pytest.mark.django_db(transaction=True)
def test_workers_beside_each_other_never_refresh_the_same_row(
    cast: Cast, google: EmulatorThread, settings: Any
) -> None:
    settings.GOOGLE_REFRESH_RATE = 10_000.0
    fleet(cast.tenant, granted(google, 120))
    script(google, "latency", ms=30)

    def worker() -> int:
        try:
            return refresh_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        counts = [one.result() for one in [pool.submit(worker) for _ in range(4)]]
    assert sum(counts) == 120
    with tenant_scope(cast.tenant):
        assert Exchange.objects.count() == 120
        assert not GoogleConnection.objects.filter(refreshed_at=None).exists()


def test_a_lease_that_died_is_given_back_when_its_lease_ends(
    cast: Cast, google: EmulatorThread
) -> None:
    fleet(cast.tenant, granted(google, 3))
    leased = lease_due(OAuthClient._base_manager.get(), timezone.now(), 10)
    assert sum(len(batch.rows) for batch in leased) == 3
    assert refresh_due() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert refresh_due() == 3
    assert Tenant.objects.count() == 2
