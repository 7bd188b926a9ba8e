"""Moves of a connection's status: compare-and-set, with the audit row in the same transaction."""

from django.db import transaction

from accounts.audit import Actor, by_google, record
from tokens.events import Event
from tokens.models import GoogleConnection
from tokens.services.ledger import refused
from tokens.services.reconnect_mails import tell_of_breaks
from tokens.states import ConnectionStatus, ReconnectReason

_DEAD_TOKEN = frozenset({ReconnectReason.REVOKED})


@transaction.atomic
def needs_reconnect(
    connection: GoogleConnection, reason: ReconnectReason, actor: Actor | None = None
) -> bool:
    """Say that only its person can repair `connection`. Returns whether that is news."""
    moved = GoogleConnection.objects.filter(
        pk=connection.pk, status=ConnectionStatus.ACTIVE, fence=connection.fence
    ).update(
        status=ConnectionStatus.NEEDS_RECONNECT,
        reason=reason,
        access_token=None,
        access_expires_at=None,
        leased_until=None,
    )
    if not moved:
        return False
    connection.status, connection.reason = ConnectionStatus.NEEDS_RECONNECT, reason
    if reason in _DEAD_TOKEN:
        refused(connection)
    by = actor or by_google()
    record(Event.CONNECTION_NEEDS_RECONNECT, by, target=connection, reason=reason.value)
    tell_of_breaks([connection], by)
    return True
