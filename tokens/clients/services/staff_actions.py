"""What staff may do with clients, each with its record."""

from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, record
from tokens.clients.models.client import OAuthClient
from tokens.events import Event


@transaction.atomic
def pause_client(client: OAuthClient, actor: Actor) -> bool:
    """Ask Google nothing through `client` until somebody resumes it. No grant is touched."""
    paused = OAuthClient._base_manager.filter(pk=client.pk, paused_at=None).update(
        paused_at=timezone.now(), pause_reason="Paused by staff", probe_at=None
    )
    if paused:
        record(Event.CLIENT_PAUSED, actor, target=client, why="Paused by staff")
    return bool(paused)
