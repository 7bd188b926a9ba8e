"""Asks Google to end permissions, for as long as it takes it to answer.

A try is leased by raising `tries` and pushing `due_at` forward, Google is asked
outside any transaction, and the result is written only while the lease is still
the caller's own. Asking twice does no harm: what is gone counts as done.
"""

import random
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.audit.recording import by_google, by_worker, record
from accounts.leases.retry import next_try
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import credentials_of
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation, RevocationState
from tokens.connections.services.disconnect import UNREADABLE, kept_because
from tokens.connections.services.ledger import revoked
from tokens.connections.states import ConnectionStatus
from tokens.connections.unscoped import living_on
from tokens.encryption.availability import assert_open
from tokens.encryption.sealing import SecretUnreadable, reveal
from tokens.events import Event
from tokens.exchanges.recording import Subject
from tokens.google.client import ClientCredentials
from tokens.google.errors import ErrorClass, GoogleError
from tokens.google.retry import REVOKE
from tokens.google.revoke import revoke

CONNECTED_AGAIN = "The account was connected again before Google was told."
# Longer than the longest single call to Google.
LEASE = timedelta(seconds=settings.GOOGLE_TIMEOUT * 3)


def carry_out(pk: UUID) -> None:
    """Try once to end at Google what the revocation `pk` names, if it is due.

    Raises:
        PortalSealed: a master key is missing; the revocation stays as it is.
    """
    assert_open()
    revocation = _lease(pk)
    if revocation is None:
        return
    connection = revocation.connection
    others = living_on(connection.client.client_id, connection.sub)
    if others:
        _finish(revocation, RevocationState.KEPT, _why_kept(connection, others))
        return
    try:
        token, subject = reveal(revocation, "token"), Subject(revocation.tenant_id, connection.pk)
        revoke(token, subject, _credentials(connection.client))
    except SecretUnreadable:
        _finish(revocation, RevocationState.GIVEN_UP, UNREADABLE)
    except GoogleError as error:
        _later(revocation, error)
    else:
        _finish(revocation, RevocationState.CONFIRMED)


def _credentials(client: OAuthClient) -> ClientCredentials | None:
    """What the client proves itself with; None once its secrets were removed."""
    try:
        return credentials_of(client)
    except GoogleError:
        return None


def _why_kept(connection: GoogleConnection, others: int) -> str:
    again = connection.status != ConnectionStatus.DISCONNECTED
    return CONNECTED_AGAIN if again else kept_because(others)


def _lease(pk: UUID) -> Revocation | None:
    now = timezone.now()
    seen = (
        Revocation.objects.select_related("connection__client")
        .filter(pk=pk, state=RevocationState.WAITING, due_at__lte=now)
        .first()
    )
    if seen is None:
        return None
    taken = _mine(seen).update(tries=seen.tries + 1, due_at=now + LEASE)
    seen.tries += 1
    return seen if taken else None


def _mine(revocation: Revocation) -> models.QuerySet[Revocation]:
    return Revocation.objects.filter(
        pk=revocation.pk, state=RevocationState.WAITING, tries=revocation.tries
    )


def _later(revocation: Revocation, error: GoogleError) -> None:
    """Wait and try again, unless Google would say the same for ever.

    What is wrong with the client, staff may mend meanwhile.
    """
    due_at = next_try(
        REVOKE,
        tries=revocation.tries,
        now=timezone.now(),
        retry_after=error.retry_after,
        rand=random.random,
    )
    if error.error_class is ErrorClass.REQUEST:
        due_at = None
    if due_at is None:
        _finish(revocation, RevocationState.GIVEN_UP, str(error))
        return
    _mine(revocation).update(due_at=due_at, problem=str(error)[:300])


@transaction.atomic
def _finish(revocation: Revocation, state: RevocationState, problem: str = "") -> None:
    """Write how it ended, and destroy the token: nothing needs it any more."""
    ended = _mine(revocation).update(
        state=state,
        problem=problem[:300],
        token=None,
        due_at=None,
        finished_at=timezone.now(),
    )
    if not ended:
        return
    confirmed = state == RevocationState.CONFIRMED
    if confirmed:
        revoked(revocation.connection)
    record(
        Event.REVOCATION_ENDED,
        by_google() if confirmed else by_worker(),
        target=revocation.connection,
        state=state.value,
        tries=revocation.tries,
    )
