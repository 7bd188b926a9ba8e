"""Access tokens on demand: many callers of one expired connection cause one refresh.

The right to refresh is a lease on the connection's row. Who raises the fencing token has
it until `leased_until`; everybody else waits for the result in the database, so
it does not matter in which process they are. The answer is written only while
the fencing token is still the holder's own, and Google is never called inside a
transaction.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn, TypeVar

from django.db.models import F, Q
from django.utils import timezone

from accounts.values.email_address import shown
from tokens.api_keys.services.quota_keys import counted
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.lease import LeasedBatch
from tokens.connections.services.refresh.worker import refresh_leased
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ConnectionStatus, ReconnectReason
from tokens.encryption.availability import assert_open
from tokens.encryption.sealing import SecretUnreadable, reveal
from tokens.google.errors import ErrorClass, ErrorKind, GoogleError, Trouble

# A token with less life than this is renewed before it is handed out.
MARGIN = timedelta(minutes=4)
LEASE = timedelta(seconds=30)
_USE_NOTED = timedelta(minutes=1)
_POLL_SECONDS = 0.05
_POLL_LONGEST = 0.5

R = TypeVar("R")


class ConnectionUnusable(Exception):
    """The connection needs its person before anything can be done through it."""

    def __init__(self, connection: GoogleConnection) -> None:
        super().__init__(f"{shown(connection.email)} must be connected again.")
        self.connection = connection


def with_access(connection: GoogleConnection, call: Callable[[str], R], *, own: str = "") -> R:
    """Call Google with an access token of `connection`.

    A refused token is renewed once and the call repeated once; if Google still
    refuses, or a scope is missing, the connection needs its person. A scope of
    this call's `own`, without which everything else works, is only this call's
    trouble: it is not even sent without it.

    Raises:
        ConnectionUnusable: the connection needs its person.
        GoogleError: anything else that Google or the way to it said.
    """
    if own and own not in connection.granted:
        raise GoogleError(Trouble(ErrorKind.SCOPE_MISSING, message=own))
    token = access_token(connection)
    _used(connection)
    try:
        return _told(connection, call, token, own)
    except GoogleError as error:
        if error.kind is not ErrorKind.UNAUTHENTICATED:
            raise
    try:
        return _told(connection, call, access_token(connection, refused=token), own)
    except GoogleError as error:
        if error.kind is ErrorKind.UNAUTHENTICATED:
            _lost(connection, ReconnectReason.REFUSED, error)
        raise


def access_token(connection: GoogleConnection, refused: str | None = None) -> str:
    """A valid access token of `connection`; one that Google has `refused` does not count.

    Raises:
        ConnectionUnusable: the connection needs its person.
        GoogleError: Google could not be asked just now.
        PortalSealed: a master key is missing, or nothing is refreshed after a restore.
    """
    deadline = time.monotonic() + LEASE.total_seconds() * 2
    pause = _POLL_SECONDS
    while True:
        # With what a refresh asks for beside the row, which would be fetched again for each.
        beside = GoogleConnection.objects.select_related("tenant", "client")
        connection.refresh_from_db(from_queryset=beside)
        token = _stored(connection, refused)
        if token is not None:
            return token
        assert_open()
        if _lease(connection):
            return _refresh(connection)
        if time.monotonic() > deadline:
            raise GoogleError(Trouble(ErrorKind.TIMEOUT, message="another refresh is stuck"))
        # Waits for another process's answer to arrive in the row; the lease's end bounds it.
        time.sleep(pause)
        pause = min(_POLL_LONGEST, pause * 1.5)


def renew(connection: GoogleConnection) -> str:
    """An access token that Google gives out now, whatever is stored; callers at once share it.

    Raises:
        ConnectionUnusable, GoogleError, PortalSealed: as `access_token`.
    """
    stored = ""
    if connection.access_token is not None:
        # One that does not open is found unreadable below, where that is written down.
        with suppress(SecretUnreadable):
            stored = reveal(connection, "access_token")
    return access_token(connection, refused=stored)


def _used(connection: GoogleConnection) -> None:
    """Note the use, but not more than once a minute: it is read by people."""
    now = timezone.now()
    if connection.used_at is not None and connection.used_at >= now - _USE_NOTED:
        return
    GoogleConnection.objects.filter(pk=connection.pk).filter(
        Q(used_at=None) | Q(used_at__lt=now - _USE_NOTED)
    ).update(used_at=now)


def _told(connection: GoogleConnection, call: Callable[[str], R], token: str, own: str) -> R:
    try:
        return counted(connection.client, lambda: call(token))
    except GoogleError as error:
        if error.kind is ErrorKind.SCOPE_MISSING and not own:
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
    """Take the right to refresh what was read, unless it was refreshed since it was read."""
    now = timezone.now()
    taken = (
        GoogleConnection.objects.filter(
            pk=connection.pk,
            status=ConnectionStatus.ACTIVE,
            fencing_token=connection.fencing_token,
            refreshed_at=connection.refreshed_at,
        )
        .filter(Q(leased_until=None) | Q(leased_until__lte=now))
        .update(fencing_token=F("fencing_token") + 1, leased_until=now + LEASE)
    )
    if taken:
        connection.fencing_token += 1
    return bool(taken)


def _refresh(connection: GoogleConnection) -> str:
    outcomes = refresh_leased([LeasedBatch(connection.tenant, [connection])])
    if not outcomes:
        raise ConnectionUnusable(connection)
    asked = outcomes[0].asked
    if asked.tokens is not None:
        return _unless_disconnected(connection, asked.tokens.access_token)
    error = asked.error or GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER))
    if error.error_class is ErrorClass.TERMINAL:
        raise ConnectionUnusable(connection) from error
    raise error


def _unless_disconnected(connection: GoogleConnection, token: str) -> str:
    """The token, unless somebody disconnected the account while Google was answering."""
    connection.refresh_from_db(fields=["status", "reason"])
    if not connection.is_usable:
        raise ConnectionUnusable(connection)
    return token


def _lost(connection: GoogleConnection, reason: ReconnectReason, cause: Exception) -> NoReturn:
    needs_reconnect(connection, reason)
    raise ConnectionUnusable(connection) from cause
