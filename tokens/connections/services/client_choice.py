"""Through which clients connections can be used and made anew."""

from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import known_portal_client, leads_back, named_installed_client
from tokens.connections.models.connection import ConnectionQuerySet, GoogleConnection


def moves_to(connection: GoogleConnection) -> OAuthClient | None:
    """The client that reconnecting goes through in place of the connection's own.

    None where its own still leads back, or where there is no other.
    """
    return None if leads_back(connection.client) else known_portal_client()


def creators() -> ConnectionQuerySet:
    """The tenant's connections that accounts can be created through.

    Not those made in a terminal: Google returns from its terms only to addresses
    that the client has registered (contract §4.1), and an installed app registers none.
    """
    installed = named_installed_client()
    usable = GoogleConnection.objects.usable()
    return usable.exclude(client__client_id=installed.client_id) if installed else usable
