"""Changes of what a connection may do: compare-and-set, with its audit row in one transaction."""

from django.db import transaction

from accounts.audit.recording import Actor, by_google, differing, record
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.emails import tell_of_breaks
from tokens.connections.services.ledger import refused
from tokens.connections.states import ConnectionStatus, ReconnectReason
from tokens.events import Event
from tokens.google.scopes import missing_scopes

_DEAD_TOKEN = frozenset({ReconnectReason.REVOKED})


@transaction.atomic
def needs_reconnect(
    connection: GoogleConnection, reason: ReconnectReason, actor: Actor | None = None
) -> bool:
    """Say that only its person can repair `connection`. Returns whether that is news."""
    moved = GoogleConnection.objects.filter(
        pk=connection.pk, status=ConnectionStatus.ACTIVE, fencing_token=connection.fencing_token
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


@transaction.atomic
def scopes_changed(connection: GoogleConnection, scopes: str) -> bool:
    """Write the permissions that a refresh says are granted now; returns whether that is news.

    What Google answers is the truth from then on (RFC 6749 §5.1, §6). Without one that everything
    needs, only its person can repair the connection.
    """
    before = connection.scopes
    written = GoogleConnection.objects.filter(
        pk=connection.pk, fencing_token=connection.fencing_token
    ).update(scopes=scopes)
    if not written:
        return False
    connection.scopes = scopes
    changed = differing({"scopes": before}, {"scopes": scopes})
    record(Event.CONNECTION_SCOPES_CHANGED, by_google(), target=connection, **changed)
    if missing_scopes(connection.granted):
        needs_reconnect(connection, ReconnectReason.MISSING_SCOPE)
    return True
