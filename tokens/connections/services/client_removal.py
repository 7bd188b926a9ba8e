"""What ends with an OAuth client: the connections of a tenant that were made through it."""

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.audit.recording import Actor, record
from tokens.clients.models.client import ClientSecret, OAuthClient
from tokens.clients.services.client_secrets import lock
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken, LedgerState
from tokens.connections.services.emails import tell_of_breaks
from tokens.connections.states import ConnectionStatus, ReconnectReason
from tokens.encryption.refusals import Refused
from tokens.events import Event


def living_through(client: OAuthClient) -> QuerySet[GoogleConnection]:
    """The connections that end when `client` is removed."""
    return GoogleConnection.objects.filter(client=client).exclude(
        status=ConnectionStatus.DISCONNECTED
    )


@transaction.atomic
def end_connections(client: OAuthClient, actor: Actor) -> int:
    """End every connection of the tenant in scope through a removed client; returns how many.

    Google is told nothing: a revocation would end what the same people have allowed the
    whole Cloud project, which may serve others (contract §1.4).
    """
    reason = ReconnectReason.CLIENT_REMOVED
    alive = living_through(client).exclude(status=ConnectionStatus.NEEDS_RECONNECT, reason=reason)
    rows = list(alive.select_for_update(of=("self",)))
    # Raising the fencing token keeps a refresh that is under way from writing its answer back.
    GoogleConnection.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=ConnectionStatus.NEEDS_RECONNECT,
        reason=reason,
        fencing_token=F("fencing_token") + 1,
        refresh_token=None,
        access_token=None,
        access_expires_at=None,
        refresh_expires_at=None,
        leased_until=None,
        refresh_due_at=None,
    )
    IssuedRefreshToken.objects.filter(client=client, state=LedgerState.LIVE).update(
        state=LedgerState.REPLACED, ended_at=timezone.now()
    )
    for row in rows:
        record(Event.CONNECTION_NEEDS_RECONNECT, actor, target=row, reason=reason.value)
        row.fencing_token += 1
    if worked := [row for row in rows if row.is_usable]:
        tell_of_breaks(worked, actor)
    return len(rows)


@transaction.atomic
def remove_client(client: OAuthClient, actor: Actor) -> int:
    """Destroy a client's secrets, and end every connection through it; returns how many.

    Raises:
        Refused: it is removed already.
    """
    lock(client)
    if not OAuthClient.objects.filter(pk=client.pk, removed_at=None).update(
        removed_at=timezone.now(), paused_at=None, pause_reason="", probe_at=None, problem=""
    ):
        raise Refused("It was removed already.")
    ended = end_connections(client, actor)
    ClientSecret.objects.filter(client=client).delete()
    record(Event.CLIENT_REMOVED, actor, target=client, connections=ended)
    return ended
