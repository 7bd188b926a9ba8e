"""Access tokens on demand: many callers of one expired connection cause one refresh.

The right to refresh is a lease on the connection's row. Who raises the fence has
it until `leased_until`; everybody else waits for the result in the database, so
it does not matter in which process they are. The answer is written only while
the fence is still the holder's own, and Google is never called inside a
transaction.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn, TypeVar

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from tokens.google.errors import ErrorClass, ErrorKind, GoogleError, Trouble
from tokens.google.journal import Subject
from tokens.google.oauth import TokenAnswer, refresh
from tokens.keys import SecretUnreadable, reveal, seal
from tokens.models import GoogleConnection
from tokens.services.clients import credentials_of
from tokens.services.health import needs_reconnect
from tokens.services.ledger import replaced_by
from tokens.states import ConnectionStatus, ReconnectReason

# A token with less life than this is renewed before it is handed out.
MARGIN = timedelta(minutes=4)
LEASE = timedelta(seconds=30)
_POLL_SECONDS = 0.05
_POLL_LONGEST = 0.5

R = TypeVar("R")


class ConnectionUnusable(Exception):
    """The connection needs its person before anything can be done through it."""

    def __init__(self, connection: GoogleConnection) -> None:
        super().__init__(f"{connection.email} must be connected again.")
        self.connection = connection


def with_access(connection: GoogleConnection, call: Callable[[str], R]) -> R:
    """Call Google with an access token of `connection`.

    A refused token is renewed once and the call repeated once; if Google still
    refuses, or a scope is missing, the connection needs its person.

    Raises:
        ConnectionUnusable: the connection needs its person.
        GoogleError: anything else that Google or the way to it said.
    """
    token = access_token(connection)
    try:
        return _told(connection, call, token)
    except GoogleError as error:
        if error.kind is not ErrorKind.UNAUTHENTICATED:
            raise
    try:
        return _told(connection, call, access_token(connection, refused=token))
    except GoogleError as error:
        if error.kind is ErrorKind.UNAUTHENTICATED:
            _lost(connection, ReconnectReason.REFUSED, error)
        raise


def access_token(connection: GoogleConnection, refused: str | None = None) -> str:
    """A valid access token of `connection`; one that Google has `refused` does not count.

    Raises:
        ConnectionUnusable: the connection needs its person.
        GoogleError: Google could not be asked just now.
    """
    deadline = time.monotonic() + LEASE.total_seconds() * 2
    pause = _POLL_SECONDS
    while True:
        connection.refresh_from_db()
        token = _stored(connection, refused)
        if token is not None:
            return token
        if _lease(connection):
            return _refresh(connection)
        if time.monotonic() > deadline:
            raise GoogleError(Trouble(ErrorKind.TIMEOUT, message="another refresh is stuck"))
        # Waits for another process's answer to arrive in the row; the lease's end bounds it.
        time.sleep(pause)
        pause = min(_POLL_LONGEST, pause * 1.5)


def _told(connection: GoogleConnection, call: Callable[[str], R], token: str) -> R:
    try:
        return call(token)
    except GoogleError as error:
        if error.kind is ErrorKind.SCOPE_MISSING:
            _lost(connection, ReconnectReason.MISSING_SCOPE, error)
        raise


def _stored(connection: GoogleConnection, refused: str | None) -> str | None:
    if connection.status != ConnectionStatus.ACTIVE:
        raise ConnectionUnusable(connection)
    if not connection.access_is_fresh(MARGIN):
        return None
    try:
        token = reveal(connection, "access_token")
    except SecretUnreadable as error:
        _lost(connection, ReconnectReason.UNREADABLE, error)
    return None if token == refused else token


def _lease(connection: GoogleConnection) -> bool:
    now = timezone.now()
    taken = (
        GoogleConnection.objects.filter(
            pk=connection.pk, status=ConnectionStatus.ACTIVE, fence=connection.fence
        )
        .filter(Q(leased_until=None) | Q(leased_until__lte=now))
        .update(fence=F("fence") + 1, leased_until=now + LEASE)
    )
    if taken:
        connection.fence += 1
    return bool(taken)


def _refresh(connection: GoogleConnection) -> str:
    subject = Subject(connection.tenant_id, connection.pk)
    try:
        answer = refresh(
            credentials_of(connection.client),
            refresh_token=reveal(connection, "refresh_token"),
            subject=subject,
        )
    except SecretUnreadable as error:
        _lost(connection, ReconnectReason.UNREADABLE, error)
    except GoogleError as error:
        if error.error_class is ErrorClass.TERMINAL:
            _lost(connection, ReconnectReason.REVOKED, error)
        _release(connection)
        raise
    _store(connection, answer)
    return answer.access_token


@transaction.atomic
def _store(connection: GoogleConnection, answer: TokenAnswer) -> None:
    now = timezone.now()
    seal(connection, "access_token", answer.access_token)
    changes = {
        "access_token": connection.access_token,
        "access_expires_at": now + timedelta(seconds=answer.expires_in),
        "refreshed_at": now,
        "leased_until": None,
    }
    if answer.refresh_token:
        seal(connection, "refresh_token", answer.refresh_token)
        changes["refresh_token"] = connection.refresh_token
    kept = GoogleConnection.objects.filter(pk=connection.pk, fence=connection.fence).update(
        **changes
    )
    if kept and answer.refresh_token:
        replaced_by(connection, answer.refresh_token)


def _release(connection: GoogleConnection) -> None:
    GoogleConnection.objects.filter(pk=connection.pk, fence=connection.fence).update(
        leased_until=None
    )


def _lost(connection: GoogleConnection, reason: ReconnectReason, cause: Exception) -> NoReturn:
    needs_reconnect(connection, reason)
    raise ConnectionUnusable(connection) from cause
