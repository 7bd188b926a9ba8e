"""Which OAuth client is used, and what it proves itself with."""

from django.conf import settings

from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.oauth import ClientCredentials
from tokens.models import OAuthClient


def portal_client() -> OAuthClient:
    """The portal's own client, as the environment names it.

    Raises:
        GoogleError: the environment names none (`client_refused`).
    """
    if not settings.GOOGLE_CLIENT_ID:
        raise GoogleError(Trouble(ErrorKind.CLIENT_REFUSED, message="GOOGLE_CLIENT_ID is empty"))
    client, _ = OAuthClient._base_manager.get_or_create(
        tenant=None, client_id=settings.GOOGLE_CLIENT_ID, defaults={"name": "The portal's own"}
    )
    return client


def credentials_of(client: OAuthClient) -> ClientCredentials:
    """What `client` proves itself with at Google.

    Raises:
        GoogleError: its secret is not known any more (`client_refused`).
    """
    if client.client_id != settings.GOOGLE_CLIENT_ID:
        raise GoogleError(Trouble(ErrorKind.CLIENT_REFUSED, message="unknown client"))
    return ClientCredentials(settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET)
