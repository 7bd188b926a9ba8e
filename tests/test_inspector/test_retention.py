"""Exchanges are forgotten when the setting says so, and not before."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.tenancy import transactions
from portal.celery import app
from tests.cast import Cast
from tests.exchanges import exchange_row, exchanges_of
from tokens.exchanges.recording import Subject
from tokens.exchanges.services import prune_exchanges
from tokens.exchanges.tasks import prune_exchanges as task

NOW = timezone.now()


def test_what_is_too_old_goes_for_every_tenant_and_the_rest_stays(cast: Cast) -> None:
    kept = []
    for tenant in (cast.tenant, cast.elsewhere):
        exchange_row(Subject(tenant.pk), NOW - timedelta(days=30, seconds=1))
        kept.append(exchange_row(Subject(tenant.pk), NOW - timedelta(days=29, hours=23)))
    assert prune_exchanges(NOW) == 2
    assert exchanges_of(cast.tenant) + exchanges_of(cast.elsewhere) == kept
    assert prune_exchanges(NOW) == 0


def test_many_go_in_batches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "BATCH", 3)
    for _ in range(10):
        exchange_row(Subject(cast.tenant.pk), NOW - timedelta(days=40))
    assert prune_exchanges(NOW) == 10
    assert exchanges_of(cast.tenant) == []


@pytest.mark.parametrize(("days", "left"), [(1, 0), (2, 1), (0, 1)])
def test_the_setting_decides_and_nought_keeps_everything(
    cast: Cast, settings: Settings, days: int, left: int
) -> None:
    settings.EXCHANGE_RETENTION_DAYS = days
    exchange_row(Subject(cast.tenant.pk), NOW - timedelta(hours=36))
    prune_exchanges(NOW)
    assert len(exchanges_of(cast.tenant)) == left


def test_it_runs_every_day(cast: Cast) -> None:
    exchange_row(Subject(cast.tenant.pk), NOW - timedelta(days=40))
    task()
    assert exchanges_of(cast.tenant) == []
    app.loader.import_default_modules()
    tasks = [entry["task"] for entry in app.conf.beat_schedule.values()]
    assert task.name in tasks
