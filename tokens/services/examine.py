"""Gathers the evidence that the doctor weighs: rows, the ledger, the clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from tokens.diagnosis import Diagnosis, diagnose, diagnose_account
from tokens.evidence import AccountEvidence, Evidence, Refusal
from tokens.google.clock import measure_skew
from tokens.google.errors import GoogleError, Trouble
from tokens.keys import SecretUnreadable
from tokens.models import (
    Authorization,
    Exchange,
    GoogleConnection,
    ServiceAccount,
    ServiceAccountKey,
)
from tokens.services.ledger import standing
from tokens.services.service_accounts import active_key, trouble_with
from tokens.standing import PortalSealed
from tokens.states import TripOutcome

_SKEW_KEY = "tokens:clock-skew"
_SKEW_SECONDS = 300
_LATEST = 50


def examine(connection: GoogleConnection, *, skew: float | None) -> Diagnosis:
    """What the doctor says of `connection`, whose `client` is loaded."""
    return diagnose(evidence_of(connection, skew=skew))


def evidence_of(connection: GoogleConnection, *, skew: float | None) -> Evidence:
    """Everything that is known about the health of `connection`."""
    place = standing(connection)
    client = connection.client
    since = Exchange.objects.filter(connection=connection, created_at__gt=connection.connected_at)
    return Evidence(
        now=timezone.now(),
        status=connection.status,
        reason=connection.reason,
        error_kind=connection.error_kind,
        error_code=connection.error_code,
        error_message=connection.error_message,
        error_at=connection.error_at,
        connected_at=connection.connected_at,
        refreshed_at=connection.refreshed_at,
        refresh_expires_at=connection.refresh_expires_at,
        issued_after=place.issued_after,
        limit=place.limit,
        clock_skew=skew,
        client_paused=client.pause_reason or "Staff paused it." if client.paused_at else "",
        own_client=client.name if client.is_own else "",
        missing=connection.missing_in_words,
        other_account=_other_account(connection),
        refusals=list(_refusals(since)),
    )


def examine_account(account: ServiceAccount, *, skew: float | None) -> Diagnosis:
    """What the doctor says of a service account. Google is asked for a token just now.

    Nothing else shows whether its key lives; nothing of it is noted.
    """
    key = active_key(account)
    asked = _asked(account, key)
    trouble = asked.trouble
    last = account.rotations.first()
    of_this_key = last is not None and last.has_failed and last.old_key_id == key.pk
    failed = last if of_this_key else None
    mine = Exchange.objects.filter(subject=account.pk, created_at__gt=account.created_at)
    evidence = AccountEvidence(
        now=timezone.now(),
        email=account.email,
        project=account.project,
        error_kind=trouble.kind.value if trouble else "",
        error_code=trouble.code if trouble else "",
        error_message=trouble.message if trouble else "",
        sealed=asked.sealed,
        unreadable=asked.unreadable,
        clock_skew=skew,
        key_id=key.kid,
        key_since=key.created_at,
        key_is_old=key.is_old,
        rotation=failed.reason if failed else "",
        rotation_words=failed.get_reason_display() if failed else "",
        rotation_at=failed.finished_at if failed else None,
        other_keys=account.orphans,
        refusals=list(_refusals(mine.exclude(url__contains="/serviceAccounts/"))),
    )
    return diagnose_account(evidence)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of asking Google for a token: its trouble, or why it was not asked; or nothing."""

    trouble: Trouble | None = None
    sealed: str = ""
    unreadable: str = ""


def _asked(account: ServiceAccount, key: ServiceAccountKey) -> _Asked:
    try:
        return _Asked(trouble_with(account, key))
    except PortalSealed as error:
        return _Asked(sealed=str(error))
    except SecretUnreadable as error:
        return _Asked(unreadable=str(error))


def clock_skew(*, fresh: bool = False) -> float | None:
    """Seconds that our clock is ahead of Google's, measured within the last minutes.

    None when Google cannot be asked: then nothing is said about the clock.
    """
    known: float | None = None if fresh else cache.get(_SKEW_KEY)
    if known is not None:
        return known
    try:
        measured = measure_skew()
    except GoogleError:
        return None
    cache.set(_SKEW_KEY, measured, timeout=_SKEW_SECONDS)
    return measured


def _other_account(connection: GoogleConnection) -> str:
    """As whom somebody came back who was to repair this connection, since it was last well."""
    trips = Authorization.objects.filter(
        reconnects=connection,
        outcome=TripOutcome.WRONG_ACCOUNT,
        created_at__gt=connection.connected_at,
    )
    return trips.values_list("detail", flat=True).first() or ""


def _refusals(rows: QuerySet[Exchange]) -> Iterator[Refusal]:
    """Of `rows`, calls that Google refused and has not answered well since, newest first."""
    well: set[tuple[str, str]] = set()
    for row in rows[:_LATEST]:
        call = (row.method, row.url)
        if row.status in (401, 403) and call not in well:
            yield Refusal(row.status, reason_in(row.response_body), row.created_at)
        elif row.status is not None and row.status < 400:
            well.add(call)


def reason_in(body: Any) -> str:
    """The reason in an error body of Google, in any of its three forms (contract §10)."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return str(error or "")
    for place in ("details", "errors"):
        listed = error.get(place)
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict) and one.get("reason"):
                return str(one["reason"])
    return str(error.get("status") or "")
