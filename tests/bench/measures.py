"""What is measured. Each measure returns rows per second."""

import asyncio
import time
from collections.abc import Callable

import aiohttp
from django.db import connection
from django.utils import timezone

from accounts.models import Tenant
from accounts.tenancy import tenant_scope
from tests.bench.google import CLIENT, SECRET
from tests.fleets import fleet
from tokens.keys import seal
from tokens.models import Exchange, GoogleConnection
from tokens.services.clients import portal_client
from tokens.services.due import claim_due
from tokens.services.engine import refresh_due

_AT_ONCE = 128
_BATCH = 400


def rate(rows: int, work: Callable[[], object]) -> float:
    """Rows per second of `work` on `rows` rows."""
    started = time.perf_counter()
    work()
    return rows / (time.perf_counter() - started)


def bare_client(base: str, tokens: list[str]) -> float:
    """The HTTP client alone: the same requests, nothing stored."""
    return rate(len(tokens), lambda: asyncio.run(_drive(base, tokens)))


async def _drive(base: str, tokens: list[str]) -> None:
    gate = asyncio.Semaphore(_AT_ONCE)
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
    if GoogleConnection._base_manager.filter(refreshed_at=None).exists():
        raise RuntimeError("The engine left connections out: the figure would mean nothing.")
    return speed


def claims(tenant: Tenant, stored: int, claimed: int) -> float:
    """Claims of due rows alone, out of `stored` connections that are all due."""
    forget()
    _store(tenant, stored)
    client = portal_client()

    def claim() -> None:
        left = claimed
        while left > 0:
            left -= sum(len(one.rows) for one in claim_due(client, timezone.now(), _BATCH))

    return rate(claimed, claim)


def _store(tenant: Tenant, many: int) -> None:
    client, now = portal_client(), timezone.now()
    with tenant_scope(tenant):
        first = GoogleConnection(tenant=tenant, client=client, sub="bench")
        seal(first, "refresh_token", "1//emu-bench")
        for start in range(0, many, 5_000):
            GoogleConnection.objects.bulk_create(
                GoogleConnection(
                    tenant=tenant,
                    client=client,
                    sub=f"bench-{number}",
                    email="bench@gmail.example",
                    refresh_token=first.refresh_token,
                    refresh_due_at=now,
                )
                for number in range(start, min(many, start + 5_000))
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def forget() -> None:
    """An empty table for the next measure."""
    Exchange._base_manager.all().delete()
    GoogleConnection._base_manager.all().delete()
