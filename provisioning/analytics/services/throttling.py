"""Waiting for Google's quotas instead of running into them.

All workers take from the same buckets before they call. Who finds one empty
gives the request back until it has filled, which is no failed try.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from provisioning.analytics.backends import Backend
from provisioning.analytics.google.quotas import (
    PAGES,
    BucketCost,
    Cost,
    bucket_costs,
    day_began,
    day_ends,
    short_name,
)
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.plausible import DAY
from tokens.rate_limits.services import Draw, charge, drain, empty, in_debt, take_all

# Google's quotas of a project are of a minute: who runs into one again hears it again, and every
# organisation would wait meanwhile.
_PROJECT_WAITS = 300.0
_DAILY = "dailyLimitExceeded"


def spare(backend: str, connection: GoogleConnection, cost: Cost) -> datetime | None:
    """Take what it costs and return None, or say when there is enough again."""
    needed = bucket_costs(backend, project_of(connection.client), connection.sub, cost)
    lacking = lacking_of(needed)
    return lacking[1] if lacking else None


def lacking_of(needed: Sequence[BucketCost]) -> tuple[str, datetime] | None:
    """What there is too little of, in words, and until when; None when all was taken."""
    lacking = take_all(_draws(needed))
    if lacking is None:
        return None
    draw, until = lacking
    return next(
        bucket_cost.words for bucket_cost in needed if bucket_cost.bucket == draw.name
    ), until


def take_for_page(backend: str, project: str, user: str, cost: Cost) -> None:
    """Take what a page needs that calls Google while a person waits for it.

    People go first: a page may overdraw a bucket by what it holds, and workers wait for that.

    Raises:
        GoogleError: a quota is used up; it says when there will be some again.
    """
    draws = _draws(bucket_costs(backend, project, user, cost))
    lacking = take_all([replace(draw, floor=-draw.holds) for draw in draws])
    if lacking is not None:
        seconds = (lacking[1] - timezone.now()).total_seconds()
        raise GoogleError(Trouble(ErrorKind.RATE_LIMITED, retry_after=max(1.0, seconds)))


def charge_for_page(backend: str, project: str, user: str, listed: int) -> None:
    """The same for a list that a person looks at."""
    more = max(0, listed - 1) // PAGES[Backend(backend)]
    if more:
        for bucket_cost in bucket_costs(backend, project, user, Cost(more)):
            charge(bucket_cost.bucket, bucket_cost.amount)


def record_limit_for_page(
    backend: str, project: str, user: str, error: GoogleError, cost: Cost
) -> None:
    """The same when a page was refused that a person waited for.

    What Google names is left alone, and nothing else: the quota of one Google account is nobody
    else's. Where it names none, the account waits, and all of the project only when another of
    its accounts was turned away in the same time.
    """
    if error.kind is not ErrorKind.RATE_LIMITED:
        return
    wait = error.retry_after or 1.0
    needed = bucket_costs(backend, project, user, cost)
    if error.trouble.code == _DAILY and (days := [one for one in needed if one.rate is None]):
        for bucket_cost in days:
            empty(bucket_cost.bucket)
        return
    flowing = [one for one in needed if one.rate is not None]
    meant = [one for one in flowing if error.trouble.quota and one.is_meant(error.trouble.quota)]
    for bucket_cost in meant or _of_account(flowing, project, user, wait):
        longest = DAY if bucket_cost.per_user else _PROJECT_WAITS
        drain(bucket_cost.bucket, min(wait, longest), bucket_cost.rate or 1.0)


def _of_account(
    flowing: Sequence[BucketCost], project: str, user: str, wait: float
) -> Sequence[BucketCost]:
    """The account's own, or all of them when it is not the only one that was turned away."""
    turned_away = f"refused:{short_name(project)}:"
    everybody = in_debt(turned_away, besides=f"{turned_away}{short_name(user)}")
    drain(f"{turned_away}{short_name(user)}", min(wait, _PROJECT_WAITS), 1.0)
    return flowing if everybody else [one for one in flowing if one.per_user]


def project_of(client: OAuthClient) -> str:
    """The number of its project, to which Google counts; a client's id begins with it."""
    return client.client_id.partition("-")[0]


def _draws(needed: Iterable[BucketCost]) -> list[Draw]:
    now = timezone.now()
    since, until = day_began(now), day_ends(now)
    return [
        Draw(one.bucket, one.amount, one.holds, one.rate, since=since, until=until)
        for one in needed
    ]
