"""OAuth clients that a tenant brings: kept when Google accepts them, and removed."""

from django.db import IntegrityError
from django.db.models import QuerySet

from accounts.audit.recording import Actor
from accounts.tenancy.models import Tenant
from tokens.clients.client_files import ClientFile
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.client_secrets import (
    refuse_other_addresses,
    refuse_unless_google_accepts,
    take_in,
)
from tokens.clients.services.clients import is_portals
from tokens.encryption.refusals import Refused
from tokens.exchanges.recording import Subject

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
