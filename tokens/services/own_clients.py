"""OAuth clients that a tenant brings: kept when Google accepts them, and removed."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.models import Tenant
from tokens.clientfiles import ClientFile
from tokens.events import Event
from tokens.google.journal import Subject
from tokens.models import ClientSecret, OAuthClient
from tokens.services.client_removal import end_connections
from tokens.services.client_secrets import (
    lock,
    refuse_other_addresses,
    refuse_unless_google_accepts,
    take_in,
)
from tokens.services.clients import is_portals
from tokens.services.service_accounts import Refused

_TWICE = "It is here already. To change its secret, use its card."


def add(tenant: Tenant, name: str, file: ClientFile, actor: Actor) -> OAuthClient:
    """Try a client at Google, and keep it, its secret sealed, when it works.

    Raises:
        Refused: it is here already, its addresses are not the portal's, or Google refuses it.
        GoogleError: Google could not be asked.
    """
    if is_portals(file.client_id):
        raise Refused("This is the portal's own client: it needs not be added.")
    if _known(file).filter(removed_at=None).exists():
        raise Refused(_TWICE)
    refuse_other_addresses(file)
    refuse_unless_google_accepts(file, Subject(tenant.pk))
    name = name or file.project or file.client_id.partition(".")[0]
    client = _known(file).first() or OAuthClient(tenant=tenant, client_id=file.client_id)
    try:
        return take_in(client, name, file, actor)
    except IntegrityError:
        raise Refused("Somebody else added it meanwhile.") from None


def _known(file: ClientFile) -> QuerySet[OAuthClient]:
    return OAuthClient.objects.filter(tenant__isnull=False, client_id=file.client_id)


@transaction.atomic
def remove(client: OAuthClient, actor: Actor) -> int:
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
