"""What staff may do with connections and clients, each with its record."""

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, record
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.states import ConnectionStatus
from tokens.events import Event


@transaction.atomic
def refresh_soon(connection: GoogleConnection, actor: Actor) -> bool:
    """Have a worker refresh `connection` next; also takes up one that was set aside."""
    due = GoogleConnection.objects.filter(pk=connection.pk, status=ConnectionStatus.ACTIVE).update(
        refresh_due_at=timezone.now(), refresh_tries=0
    )
    if due:
        record(Event.CONNECTION_REFRESH_ASKED, actor, target=connection)
    return bool(due)
