"""What staff may do with connections and clients, each with its record."""

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor, record
from tokens.events import Event
from tokens.models import GoogleConnection, OAuthClient
from tokens.states import ConnectionStatus


@transaction.atomic
def refresh_soon(connection: GoogleConnection, actor: Actor) -> bool:
    """Have a worker refresh `connection` next; also takes up one that was set aside."""
    due = GoogleConnection.objects.filter(pk=connection.pk, status=ConnectionStatus.ACTIVE).update(
        refresh_due_at=timezone.now(), refresh_tries=0
    )
    if due:
        record(Event.CONNECTION_REFRESH_ASKED, actor, target=connection)
    return bool(due)


@transaction.atomic
def pause_client(client: OAuthClient, actor: Actor) -> bool:
    """Ask Google nothing through `client` until somebody resumes it. No grant is touched."""
    paused = OAuthClient._base_manager.filter(pk=client.pk, paused_at=None).update(
        paused_at=timezone.now(), pause_reason="Paused by staff", probe_at=None
    )
    if paused:
        record(Event.CLIENT_PAUSED, actor, target=client, why="Paused by staff")
    return bool(paused)
