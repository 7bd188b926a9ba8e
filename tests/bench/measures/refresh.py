"""Refreshing what is due."""

import asyncio

import aiohttp
from django.test import override_settings

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants
from tests.bench.clock import rate, side_by_side
from tests.bench.google import CLIENT, SECRET, google, issue, latency
from tests.bench.peers import social, task_per_row
from tests.bench.registry import Cell, Stage, Table, measure
from tests.bench.rows import forget
from tests.fleets import fleet
from tokens.connections.google.pool import AT_ONCE
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.worker import refresh_due

# The figure that design and changes are judged by is taken more than once.
_ROUNDS = {0: 1, 50: 3, 200: 1}
# Slow ones get as many rows as they do in about so many seconds; their speed is the same.
_PATIENCE = 4.0
# A task for each row does thirty a second, whatever the latency: so many take long enough.
_MOST_TASKS = 1_000


@measure("Refreshing what is due")
def refresh(stage: Stage) -> Table:
    """Connections per second, by one worker process, ten thousand of them being due.

    The bare client asks as often at once as the engine, and stores nothing; the engine claims,
    opens, seals every token and records every exchange. A Celery task for each row, on eight
    threads of one worker, opens, seals and records as the engine does, one row at a time.
    social-auth-app-django asks and saves row by row, in plain text, alone or from eight threads.
    """
    rows = []
    with (
        google() as base,
        override_settings(GOOGLE_TOKEN_URL=f"{base}/token", GOOGLE_REFRESH_RATE=1e9),
    ):
        tokens = issue(base, stage.rows)
        for milliseconds, rounds in _ROUNDS.items():
            latency(base, milliseconds)
            rows.append(_row(stage, base, tokens, milliseconds, rounds))
    head = (
        "Google's latency",
        "bare HTTP client",
        "refresh engine",
        "engine / bare",
        "a Celery task for each",
        "social-auth, 1 thread",
        "social-auth, 8 threads",
        "engine / social-auth, 8",
    )
    return Table(head, rows)


def _row(
    stage: Stage, base: str, tokens: list[str], milliseconds: int, rounds: int
) -> tuple[Cell, ...]:
    bare, ours = side_by_side(
        min(rounds, stage.rounds),
        lambda: bare_client(base, tokens),
        lambda: engine(stage.tenant, tokens),
    )
    some = min(len(tokens), int(_PATIENCE / (milliseconds / 1000 + 0.005)))
    each = a_task_for_each(stage.tenant, tokens[: min(some * 6, _MOST_TASKS)])
    with social.asking(base):
        alone = row_by_row(tokens[:some], 1)
        eight = row_by_row(tokens[: some * 6], 8)
    return (
        f"{milliseconds} ms",
        round(bare),
        round(ours),
        f"{ours / bare:.0%}",
        round(each),
        round(alone),
        round(eight),
        f"{ours / eight:.1f} times",
    )


def bare_client(base: str, tokens: list[str]) -> float:
    """The HTTP client alone: the same requests, nothing stored."""
    return rate(len(tokens), lambda: asyncio.run(_drive(base, tokens)))


async def _drive(base: str, tokens: list[str]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=256)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(token: str) -> None:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": token,
                "client_id": CLIENT,
                "client_secret": SECRET,
            }
            async with gate, session.post(f"{base}/token", data=form) as answer:
                await answer.json()

        await asyncio.gather(*(ask(token) for token in tokens))


def engine(tenant: Tenant, tokens: list[str]) -> float:
    """The refresh engine: claim, open, ask, seal, write, and record every exchange."""
    forget()
    fleet(tenant, tokens)
    speed = rate(len(tokens), refresh_due)
    _all_done(len(tokens))
    return speed


def a_task_for_each(tenant: Tenant, tokens: list[str]) -> float:
    """A worker of eight threads and a task for each connection, told before the clock starts."""
    forget()
    pks = [row.pk for row in fleet(tenant, tokens)]
    with task_per_row.worker(tenant, 8) as rows:
        speed = rate(len(pks), lambda: rows.refresh_all(pks))
    _all_done(len(tokens))
    return speed


def _all_done(many: int) -> None:
    with across_tenants():
        done = GoogleConnection.objects.filter(refreshed_at__isnull=False).count()
    if done != many:
        raise RuntimeError("Connections were left out: the figure would mean nothing.")


def row_by_row(tokens: list[str], threads: int) -> float:
    """social-auth-app-django."""
    pks = social.rows(tokens)
    speed = rate(len(pks), lambda: social.refresh_all(pks, threads))
    if social.left():
        raise RuntimeError("social-auth left rows out: the figure would mean nothing.")
    return speed
