"""API keys that go along with a tenant's reading calls, so that Google counts them for its project.

A key is a convenience: whatever Google has against it is written on its card, and
the work goes on without it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, by_google, by_worker, record
from tokens.api_keys.google import OTHER_PROJECT, REFUSALS, SERVICE
from tokens.api_keys.models import ApiKey
from tokens.clients.models.client import OAuthClient
from tokens.encryption.sealing import SecretUnreadable, reveal
from tokens.events import Event
from tokens.google.errors import ErrorKind, GoogleError
from tokens.google.quota import counted_by
from tokens.service_accounts.models.service_account import ServiceAccount

_USE_NOTED = timedelta(minutes=1)
_UNREADABLE = "The sealed key does not open any more. Remove it, and add it again."

R = TypeVar("R")
log = structlog.get_logger(__name__)


def counted(through: OAuthClient | ServiceAccount, call: Callable[[], R]) -> R:
    """Do `call` with the key of the project that `through` is of, if the tenant keeps one.

    Google looks at the key before anything else. So a call that it refuses for
    the key's sake has done nothing, and is done again without it.

    Raises:
        GoogleError: Google refused something other than the key.
    """
    row = _key_for(through)
    secret = "" if row is None else _opened(row)
    if row is None or not secret:
        return call()
    _used(row)
    try:
        with counted_by(secret):
            return call()
    except GoogleError as error:
        if error.kind is not ErrorKind.KEY_REFUSED:
            raise
        if not _is_for_another_api(error):
            _refused(row, error.trouble.code)
    return call()


def _key_for(through: OAuthClient | ServiceAccount) -> ApiKey | None:
    names = through.project_names
    return ApiKey.objects.sendable().filter(project__in=names).first() if names else None


def _opened(row: ApiKey) -> str:
    try:
        return reveal(row, "secret")
    except SecretUnreadable:
        log.exception("api_key_unreadable", api_key=str(row.pk))
        _set_aside(row, "unreadable", by_worker(), problem=_UNREADABLE)
        return ""


def _used(row: ApiKey) -> None:
    """Note the use, but not more than once a minute: it is read by people."""
    now = timezone.now()
    if row.last_used_at is None or row.last_used_at < now - _USE_NOTED:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)


def _is_for_another_api(error: GoogleError) -> bool:
    """Whether the key is restricted to the Admin API, and another was asked: it works as it is."""
    blocked = error.trouble.code == "API_KEY_SERVICE_BLOCKED"
    return blocked and SERVICE not in error.trouble.message


def _refused(row: ApiKey, reason: str) -> None:
    if reason == OTHER_PROJECT:
        _set_aside(row, reason, by_google(), of_another_project=True)
    else:
        problem = REFUSALS[reason]
        _set_aside(row, reason, by_google(), problem=problem, checked_at=timezone.now())


@transaction.atomic
def _set_aside(row: ApiKey, reason: str, actor: Actor, **changes: Any) -> None:
    """Send it no more, unless a person has named another project for it meanwhile."""
    if ApiKey.objects.filter(pk=row.pk, project=row.project).update(**changes):
        record(Event.API_KEY_SET_ASIDE, actor, target=row, reason=reason.lower())


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key, and what calls it goes along with; `newer` is the one that is sent in its stead."""

    row: ApiKey
    carriers: tuple[str, ...]
    newer: ApiKey | None = None

    @property
    def is_sent(self) -> bool:
        """Whether any call carries it."""
        row = self.row
        idle = row.problem or row.of_another_project or self.newer
        return bool(self.carriers) and not idle


def uses(rows: Iterable[ApiKey], through: Iterable[OAuthClient | ServiceAccount]) -> list[KeyUse]:
    """What each of `rows` is used for by those who call Google."""
    carriers = [(one, one.project_names) for one in through]
    kept = list(rows)
    return [
        KeyUse(
            row,
            tuple(str(one) for one, names in carriers if row.project in names),
            _newer(row, kept),
        )
        for row in kept
    ]


def _newer(row: ApiKey, rows: Iterable[ApiKey]) -> ApiKey | None:
    for one in rows:
        works = not one.problem and not one.of_another_project
        same = one.project and one.project == row.project
        if works and same and one.created_at > row.created_at:
            return one
    return None
