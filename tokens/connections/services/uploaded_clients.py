"""The portal's own OAuth client as staff upload it: added, and removed.

The one that was added last, or chosen again since, is used where the environment
names none. The others keep their secrets, for the connections that were made
through them, until they are removed.
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker, record
from tokens.clients.client_files import ClientFile
from tokens.clients.models.client import OAuthClient, PortalSecret
from tokens.clients.services.client_secrets import (
    lock,
    refuse_other_addresses,
    refuse_unless_google_accepts,
    take_in,
)
from tokens.clients.services.clients import is_for_terminals, uploaded_clients
from tokens.connections.services.client_removal import end_connections, living_through
from tokens.encryption.refusals import Refused
from tokens.events import Event

_NAMED = 20
_NAME = "The portal's own"


def add(name: str, file: ClientFile, actor: Actor) -> OAuthClient:
    """Try a client at Google, and keep it, its secret encrypted, when it works.

    Raises:
        Refused: it is here already, is none of the web, its addresses are not the portal's,
            or Google refuses it.
        GoogleError: Google could not be asked.
        PortalSealed: a master key is missing, so nothing can be kept.
    """
    rows = OAuthClient._base_manager.filter(tenant=None, client_id=file.client_id)
    client = rows.first() or OAuthClient(client_id=file.client_id)
    if is_for_terminals(client):
        raise Refused(
            "This is the client for terminals, of the type Desktop app. Google returns from it to "
            "terminals only: create a client of the type Web application."
        )
    if uploaded_clients().filter(client_id=file.client_id).exists():
        raise Refused("It is here already. To change its secret, add a second one to it.")
    refuse_other_addresses(file)
    refuse_unless_google_accepts(file, None)
    try:
        return take_in(client, name or _NAME, file, actor)
    except IntegrityError:
        raise Refused("Somebody else added it meanwhile.") from None


@dataclass(frozen=True, slots=True)
class Served:
    """The connections that stand through a client: how many, in how many organisations, whose."""

    connections: int
    organisations: int
    # Name and count of those with the most.
    named: list[tuple[str, int]]

    @property
    def more(self) -> int:
        """How many organisations are not named."""
        return self.organisations - len(self.named)


def connected_through(client: OAuthClient) -> Served:
    """Whom a client serves, in all organisations. Inside `across_tenants()`."""
    rows = living_through(client).order_by().values_list("tenant__name")
    counts = list(rows.annotate(many=Count("pk")).order_by("-many", "tenant__name"))
    return Served(sum(many for _, many in counts), len(counts), counts[:_NAMED])


def is_named_by_environment(client: OAuthClient) -> bool:
    """Whether the environment names it too: then what is uploaded of it is not used."""
    return client.client_id == settings.GOOGLE_CLIENT_ID


@transaction.atomic
def choose(client: OAuthClient, actor: Actor) -> None:
    """Use an uploaded client for new connections again. No connection changes its own.

    Raises:
        Refused: it was removed meanwhile, or is the one already.
    """
    lock(client)
    rows = uploaded_clients()
    if not rows.filter(pk=client.pk).exists():
        raise Refused("It was removed meanwhile.")
    if rows.first() == client:
        raise Refused("It is the one that is used already.")
    OAuthClient._base_manager.filter(pk=client.pk).update(chosen_at=timezone.now())
    record(Event.CLIENT_CHOSEN, actor, target=client, client_id=client.client_id)


@transaction.atomic
def remove(client: OAuthClient, actor: Actor) -> None:
    """Destroy an uploaded client's secrets here.

    Unless the environment names the client, its connections end: workers do that at once,
    organisation by organisation, since none of them can be refreshed any more.

    Raises:
        Refused: it is removed already.
    """
    lock(client)
    destroyed, _ = PortalSecret.objects.filter(client=client).delete()
    if not destroyed:
        raise Refused("It was removed already.")
    if not is_named_by_environment(client):
        OAuthClient._base_manager.filter(pk=client.pk).update(
            removed_at=timezone.now(), paused_at=None, pause_reason="", probe_at=None, problem=""
        )
    record(Event.CLIENT_REMOVED, actor, target=client, client_id=client.client_id)


def end_through(client_id: UUID) -> int:
    """End what the tenant in scope still has through a removed client; returns how many."""
    client = OAuthClient._base_manager.filter(pk=client_id, removed_at__isnull=False).first()
    return end_connections(client, by_worker()) if client else 0
