"""The refresh engine: keeps every Google connection alive, and none more often than needed.

A tick claims a batch, asks Google about all of it at once over one pooled
client, and writes the answers in bulk. HTTP happens outside every transaction.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from accounts.tenancy import tenant_scope
from tokens.claims import clients_with_due_refreshes, tenants_with_poison
from tokens.google.oauth import Asked, ClientCredentials, ask_refresh
from tokens.google.transport import run
from tokens.keys import SecretUnreadable, reveal
from tokens.models import GoogleConnection, OAuthClient
from tokens.services.buckets import give_back, take
from tokens.services.clients import credentials_of
from tokens.services.due import Claim, claim_due, set_poison_aside
from tokens.services.health import needs_reconnect
from tokens.services.outcomes import Outcome, write_outcomes
from tokens.states import ReconnectReason

log = structlog.get_logger(__name__)

BATCH = 400
_AT_ONCE = 128
# A task ends after so long, so that a worker can be stopped; the next tick goes on.
_LONGEST = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed connection with what is needed to ask Google about it."""

    row: GoogleConnection
    credentials: ClientCredentials
    refresh_token: str


def refresh_due() -> int:
    """Refresh what is due, of every client in turn; returns how many were asked about."""
    started = timezone.now()
    for tenant in tenants_with_poison(started):
        set_poison_aside(tenant, started)
    done = 0
    while timezone.now() - started < _LONGEST:
        batch = sum(_refresh_batch(client) for client in clients_with_due_refreshes(started))
        done += batch
        if not batch:
            break
    return done


def _refresh_batch(client: OAuthClient) -> int:
    """One batch of one client; a paused client is probed with a single connection."""
    wanted = 1 if client.paused_at else BATCH
    bucket = f"refresh:{client.client_id}"
    granted = take(bucket, wanted, rate=settings.GOOGLE_REFRESH_RATE)
    if granted == 0:
        return 0
    claims = claim_due(client, timezone.now(), granted)
    claimed = sum(len(claim.rows) for claim in claims)
    give_back(bucket, granted - claimed)
    if claims:
        refresh_claimed(claims)
    return claimed


def refresh_claimed(claims: Sequence[Claim]) -> list[Outcome]:
    """Ask Google about claimed connections, all at once, and write what it says."""
    jobs = [job for claim in claims for job in _jobs_of(claim)]
    answers = run(_ask_all(jobs)) if jobs else []
    outcomes = [Outcome(job.row, asked) for job, asked in zip(jobs, answers, strict=True)]
    for claim in claims:
        mine = [one for one in outcomes if one.row.tenant_id == claim.tenant.pk]
        with tenant_scope(claim.tenant):
            write_outcomes(mine, timezone.now())
    return outcomes


def _jobs_of(claim: Claim) -> list[Job]:
    with tenant_scope(claim.tenant):
        return [job for row in claim.rows if (job := _job(row)) is not None]


def _job(row: GoogleConnection) -> Job | None:
    """The job of one row. A row that cannot be opened is set apart and stops nothing else."""
    try:
        return Job(row, credentials_of(row.client), reveal(row, "refresh_token"))
    except SecretUnreadable as error:
        log.warning("a stored credential cannot be opened", connection=str(row.pk), why=str(error))
        needs_reconnect(row, ReconnectReason.UNREADABLE)
        return None


async def _ask_all(jobs: list[Job]) -> list[Asked]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(job: Job) -> Asked:
        async with gate:
            return await ask_refresh(job.credentials, job.refresh_token)

    return await asyncio.gather(*(ask(job) for job in jobs))
