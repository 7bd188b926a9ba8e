"""A hundred thousand tokens that end in one second."""

import random
from collections import deque
from datetime import datetime, timedelta

import time_machine
from django.test import override_settings
from django.utils import timezone

from accounts.tenancy.bulk_writes import update_many
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.bench.registry import Stage, Table, measure
from tests.bench.rows import store
from tokens.clients.services.clients import portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.refresh_schedule import next_refresh
from tokens.connections.services.refresh.lease import lease_due
from tokens.connections.services.refresh.worker import BATCH, take_turn
from tokens.rate_limits.services import give_back

_RATE = 100.0
_STEP = timedelta(seconds=0.25)
_LIFE = timedelta(hours=1)


@measure("A herd: tokens that all end in one second")
def herd(stage: Stage) -> Table:
    """Ten times as many connections as elsewhere, all with access tokens of the same second.

    The clock is simulated, in quarters of a second; the schedule, the claims and the bucket of
    requests are the product's own, at the rate it has by itself. Google is not asked.
    """
    many = stage.rows * 10
    begin = timezone.now().replace(microsecond=0)
    with override_settings(GOOGLE_REFRESH_RATE=_RATE):
        _schedule(stage, many, begin)
        peak, last, done = _pass_an_hour(stage, many, begin)
    left = _unrefreshed(begin)
    head = ("tokens", "allowed a second", "peak in any second", "last one renewed", "ended first")
    before = (begin + _LIFE - last).total_seconds()
    if done + left != many:
        raise RuntimeError(f"{done} renewed and {left} not, of {many}: somebody was asked twice.")
    return Table(head, [(many, round(_RATE), peak, f"{before:.0f} s before the end", left)])


def _schedule(stage: Stage, many: int, begin: datetime) -> None:
    """Have every row's next refresh where the product puts it after a good one at `begin`."""
    store(stage.tenant, 0, many - 1)
    end = begin + _LIFE
    with tenant_scope(stage.tenant):
        values = [
            [
                end,
                next_refresh(
                    now=begin,
                    expires_at=end,
                    fresh_until=begin + timedelta(days=1),
                    rand=random.random,
                ),
                pk,
            ]
            for pk in GoogleConnection.objects.values_list("pk", flat=True)
        ]
        for start in range(0, many, 5_000):
            update_many(
                GoogleConnection,
                ("access_expires_at", "refresh_due_at"),
                values[start : start + 5_000],
                same=("id",),
                also="error_kind = ''",
            )


def _pass_an_hour(stage: Stage, many: int, begin: datetime) -> tuple[int, datetime, int]:
    """Until all are renewed, or end; gives the peak, the moment of the last, and how many."""
    window: deque[int] = deque(maxlen=round(timedelta(seconds=1) / _STEP))
    peak = done = 0
    last = begin
    with time_machine.travel(begin + _LIFE / 2, tick=False) as clock:
        while done < many and timezone.now() < begin + _LIFE:
            asked = _turn(stage)
            window.append(asked)
            peak, done = max(peak, sum(window)), done + asked
            last = timezone.now() if asked else last
            clock.shift(_STEP)
    return peak, last, done


def _turn(stage: Stage) -> int:
    """What a worker does at a moment: take from the bucket, claim, ask (left out), write."""
    client = portal_client()
    bucket = f"refresh:{client.client_id}"
    granted = take_turn(bucket, BATCH)
    if not granted:
        return 0
    now = timezone.now()
    pks = [row.pk for batch in lease_due(client, now, granted) for row in batch.rows]
    give_back(bucket, granted - len(pks))
    with tenant_scope(stage.tenant):
        GoogleConnection.objects.filter(pk__in=pks).update(
            refreshed_at=now, refresh_due_at=now + _LIFE, leased_until=None, refresh_tries=0
        )
    return len(pks)


def _unrefreshed(begin: datetime) -> int:
    with across_tenants():
        return GoogleConnection.objects.exclude(
            refreshed_at__gte=begin, refreshed_at__lt=begin + _LIFE
        ).count()
