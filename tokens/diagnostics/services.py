"""Gathers the evidence that the doctor weighs: rows, the ledger, what Google said last.

Nobody is asked here: whoever wants to know how things are now has it checked (`checks`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.ledger import token_quota
from tokens.connections.states import FlowOutcome, OwnErrorKind
from tokens.diagnostics.diagnosis import Diagnosis, diagnose, diagnose_account
from tokens.diagnostics.facts import ConnectionFacts, Refusal, ServiceAccountFacts
from tokens.encryption.availability import PortalSealed
from tokens.encryption.sealing import SecretUnreadable
from tokens.exchanges.models import Exchange
from tokens.exchanges.redaction import redacted_url
from tokens.google.clock import ahead, measure_skew
from tokens.google.errors import GoogleError
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.service_accounts.services.service_accounts import active_key, assert_opens

_LATEST = 50
# How old an answer of Google may be to say something about the clock.
_CLOCK_SEEN = timedelta(hours=1)


def examine(connection: GoogleConnection, *, skew: float | None = None) -> Diagnosis:
    """What the doctor says of `connection`, whose `client` is loaded.

    The clock is judged by `skew`, else by the dates of Google's last answers.
    """
    return diagnose(facts_of(connection, skew=skew))


def facts_of(connection: GoogleConnection, *, skew: float | None) -> ConnectionFacts:
    """Everything that is known about the health of `connection`."""
    place = token_quota(connection)
    client = connection.client
    since = Exchange.objects.filter(connection=connection, created_at__gt=connection.connected_at)
    return ConnectionFacts(
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
        clock_skew=skew_seen() if skew is None else skew,
        client_paused=client.pause_reason or "Staff paused it." if client.paused_at else "",
        own_client=client.name if client.is_own else "",
        missing=connection.missing_in_words,
        other_account=_other_account(connection),
        refusals=list(_refusals(since)),
    )


def examine_account(account: ServiceAccount) -> Diagnosis:
    """What the doctor says of a service account, by what Google answered last."""
    key = active_key(account)
    last = account.rotations.first()
    heard = _heard(account, key, last)
    sealed, unreadable = _opens(key)
    of_this_key = last is not None and last.has_failed and last.old_key_id == key.pk
    failed = last if of_this_key else None
    mine = Exchange.objects.filter(subject=account.pk, created_at__gt=account.created_at)
    facts = ServiceAccountFacts(
        now=timezone.now(),
        email=account.email,
        project=account.project,
        error_kind=heard.kind,
        error_code=heard.code,
        error_message=heard.message,
        asked_at=heard.at,
        sealed=sealed,
        unreadable=unreadable,
        clock_skew=skew_seen(),
        key_id=key.kid,
        key_since=key.created_at,
        key_is_old=key.is_old,
        rotation=failed.reason if failed else "",
        rotation_words=failed.get_reason_display() if failed else "",
        rotation_at=failed.finished_at if failed else None,
        other_keys=account.orphans,
        refusals=list(_refusals(mine.exclude(url__contains="/serviceAccounts/"))),
    )
    return diagnose_account(facts)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What Google said last to a request for a token, and when; empty when it gave one."""

    at: datetime | None
    kind: str = ""
    code: str = ""
    message: str = ""


def _heard(
    account: ServiceAccount, key: ServiceAccountKey, last: ServiceAccountRotation | None
) -> _Heard:
    """By the record of exchanges, else by the last check.

    From when a rotation began until it ended, exchanges may be another key's.
    """
    at, problem = account.checked_at or key.created_at, account.problem
    by_check = _Heard(at, OwnErrorKind.NOTED if problem else "", message=problem)
    if last is not None and last.finished_at is None:
        return by_check
    since = max(key.created_at, last.finished_at) if last and last.finished_at else key.created_at
    rows = Exchange.objects.filter(
        subject=account.pk, url=redacted_url(settings.GOOGLE_TOKEN_URL), created_at__gte=since
    )
    row = rows.first()
    if row is None:
        return by_check
    body = row.response_body if row.error and isinstance(row.response_body, dict) else {}
    code, message = (str(body.get(name) or "") for name in ("error", "error_description"))
    return _Heard(row.created_at, row.error, code, message)


def _opens(key: ServiceAccountKey) -> tuple[str, str]:
    """(why no secret opens just now, why this one does not); both empty when it does."""
    try:
        assert_opens(key)
    except PortalSealed as error:
        return str(error), ""
    except SecretUnreadable as error:
        return "", str(error)
    return "", ""


def clock_skew() -> float | None:
    """Seconds that our clock is ahead of Google's, measured now.

    None when Google cannot be asked: then nothing is said about the clock.
    """
    try:
        return measure_skew()
    except GoogleError:
        return None


def skew_seen() -> float | None:
    """The same by the date of Google's last answer to the tenant in scope; None without one.

    Exchanges are written down within a second or two of the answer, which is near enough.
    """
    since = timezone.now() - _CLOCK_SEEN
    last = Exchange.objects.filter(created_at__gt=since, status__isnull=False)
    seen = last.values_list("created_at", "response_headers").first()
    return ahead(seen[1].get("Date"), seen[0]) if seen else None


def _other_account(connection: GoogleConnection) -> str:
    """As whom somebody came back who was to repair this connection, since it was last well."""
    flows = OAuthFlow.objects.filter(
        reconnects=connection,
        outcome=FlowOutcome.WRONG_ACCOUNT,
        created_at__gt=connection.connected_at,
    )
    return flows.values_list("detail", flat=True).first() or ""


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
