"""The machine's clock is set back by two hours: beat, health and due rows notice."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from celery.beat import ScheduleEntry, Scheduler
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts.leases.retry import MAIL
from accounts.tenancy.scope import tenant_scope
from portal.celery import app
from portal.operations import beat, heartbeat
from portal.operations.beat import SteadyScheduler
from portal.operations.clock_changes import WAITED_FOR, moments, pull_back
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.rows import connection_row, request_row
from tests.test_house.source import ROOT, python_files
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.models.master_key import KeyReport
from tokens.rate_limits.models import RateBucket

NOW = "2026-06-01T12:00:00+00:00"
BACK = "2026-06-01T10:00:00+00:00"
AHEAD = timedelta(hours=2)


def sent_by(scheduler_class: type[Scheduler], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a beat sends in the first minute after its clock was set back."""
    sent: list[str] = []
    steady = time.monotonic()
    with time_machine.travel(NOW, tick=False) as clock:
        # The clock that cannot be set stands still in this test.
        monkeypatch.setattr(beat, "_offset", lambda: time.time() - steady)
        scheduler = scheduler_class(app, lazy=True)

        def send(entry: ScheduleEntry, **_: object) -> None:
            scheduler.reserve(entry)
            sent.append(str(entry.task))

        monkeypatch.setattr(scheduler, "apply_async", send)
        scheduler.setup_schedule()
        _tick(scheduler)
        clock.shift(30)
        monkeypatch.setattr(beat, "_offset", lambda: time.time() - steady - 30)
        _tick(scheduler)
        clock.move_to(BACK)
        sent.clear()
        for _ in range(12):
            _tick(scheduler)
            clock.shift(5)
            steady += 5
    return sent


def _tick(scheduler: Scheduler) -> None:
    while scheduler.tick() <= 0:
        pass


def test_celerys_own_scheduler_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent_by(Scheduler, monkeypatch) == []


def test_ours_goes_on_in_its_rhythm(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sent_by(SteadyScheduler, monkeypatch)
    assert 10 <= sent.count("provisioning.sweep") <= 13
    assert sent.count("tokens.revoke_due") in (1, 2)


def test_nothing_is_kept_in_a_file_that_can_be_torn() -> None:
    assert app.conf.beat_scheduler == "portal.operations.beat:SteadyScheduler"
    assert not hasattr(SteadyScheduler, "persistence")


def test_a_sign_of_life_from_the_future_is_none() -> None:
    with time_machine.travel(NOW):
        heartbeat.beat()
        assert heartbeat.is_alive()
    with time_machine.travel(BACK):
        assert not heartbeat.is_alive()
        assert heartbeat.seconds_since_beat() is None
        heartbeat.beat()
        assert heartbeat.is_alive()
    cache.clear()


@pytest.mark.django_db
def test_what_waits_for_moments_of_the_wrong_clock_is_made_due_earlier(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        row = connection_row(cast.tenant)
        request = request_row(row, Status.WAITING_RETRY)
        now = timezone.now()
        with tenant_scope(cast.tenant), transaction.atomic():
            ProvisioningRequest.objects.filter(pk=request.pk).update(
                due_at=now + timedelta(seconds=MAIL.first)
            )
            GoogleConnection.objects.filter(pk=row.pk).update(
                refresh_due_at=now + timedelta(minutes=55),
                access_expires_at=now + timedelta(hours=1),
                leased_until=now - AHEAD - timedelta(minutes=1),
            )
        RateBucket.objects.create(name="spent", level=0, filled_at=now)
        KeyReport.objects.create(process="a", kind="web", host="h", pid=1, kids="", seen_at=now)
    with time_machine.travel(BACK, tick=False):
        now = timezone.now()
        assert pull_back() == AHEAD
        with tenant_scope(cast.tenant):
            request.refresh_from_db()
            row.refresh_from_db()
        assert request.due_at == now + timedelta(seconds=MAIL.first)
        assert row.refresh_due_at == now + timedelta(minutes=55)
        assert row.access_expires_at == now + timedelta(hours=1)
        assert row.leased_until == now - timedelta(minutes=1), "what lies in the past stays"
        assert RateBucket.objects.get(name="spent").filled_at == now
        assert pull_back() == timedelta(0), "a second look finds nothing"


@pytest.mark.django_db
def test_a_right_clock_moves_nothing(cast: Cast) -> None:
    request = request_row(connection_row(cast.tenant), Status.WAITING_RETRY)
    later = timezone.now() + timedelta(days=1)
    with tenant_scope(cast.tenant):
        ProvisioningRequest.objects.filter(pk=request.pk).update(due_at=later)
        assert pull_back() == timedelta(0)
        request.refresh_from_db()
    assert request.due_at == later


def test_whatever_code_waits_for_is_known() -> None:
    """A column that is compared with the clock, to find what has come, is among those."""
    compared = re.compile(r"\b(?:\w+__)?([a-z]+(?:_[a-z]+)*)__lte\b")
    waited = {
        name
        for path in python_files("accounts", "tokens", "provisioning", "portal")
        for name in compared.findall((ROOT / path).read_text("utf-8"))
    }
    # When something was made or deleted, and until when it may be used, is told and not waited for.
    told = {"pk", "created_at", "deleted_at", "expires_at", "refresh_expires_at"}
    assert waited - told <= WAITED_FOR
    assert {"due_at", "look_at", "refresh_due_at", "probe_at"} <= waited


def test_the_columns_of_every_table_are_found() -> None:
    found = {(model.__name__, name) for model, name in moments()}
    assert {
        ("ProvisioningRequest", "due_at"),
        ("AccountTicket", "look_at"),
        ("GoogleConnection", "refresh_due_at"),
        ("GoogleConnection", "access_expires_at"),
        ("KeyRotation", "leased_until"),
        ("RateBucket", "filled_at"),
        ("KeyReport", "seen_at"),
        ("QueuedEmail", "due_at"),
    } <= found
