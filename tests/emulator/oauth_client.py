"""Client authentication at the token endpoint: body or Basic (contract §1.2)."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from urllib.parse import unquote_plus

from aiohttp import web

from tests.emulator.errors import OAuthError
from tests.emulator.state import Client, State
from tests.emulator.world import hit

NOT_FOUND = "The OAuth client was not found."


def credentials(request: web.Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Return client id and secret from the Basic header, else from the body."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Basic "):
        return basic(header.removeprefix("Basic "))
    return form.get("client_id", ""), form.get("client_secret", "")


def basic(value: str) -> tuple[str, str]:
    """Decode a Basic header."""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", "Unauthorized", 401) from error
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def authenticate(request: web.Request, state: State, client_id: str, client_secret: str) -> Client:
    """Return the client, or answer one of the 401s of a wrong portal configuration."""
    if not client_id:
        raise OAuthError("invalid_request", "Could not determine client ID from request.")
    client = state.clients.get(client_id)
    if client is None:
        raise OAuthError("invalid_client", NOT_FOUND, 401)
    if client.status == "deleted" or hit(request, "client-deleted") is not None:
        raise OAuthError("deleted_client", "The OAuth client was deleted.", 401)
    if client.status == "disabled" or hit(request, "client-disabled") is not None:
        raise OAuthError("disabled_client", "The OAuth client was disabled.", 401)
    rotated = hit(request, "client-secret-rotated") is not None
    if rotated or not _proves(client, client_secret):
        raise OAuthError("invalid_client", "Unauthorized", 401)
    return client


def _proves(client: Client, client_secret: str) -> bool:
    """Whether it is one of the client's secrets that is not disabled."""
    known = [one for one in known_secrets(client) if one not in client.disabled_secrets]
    return any(secrets.compare_digest(one.encode(), client_secret.encode()) for one in known)


def is_proven(state: State, client_id: str | None, client_secret: str | None) -> bool:
    """Whether these are the id and a secret of a client, where nothing is refused without."""
    client = state.clients.get(client_id or "")
    return client is not None and _proves(client, client_secret or "")


def known_secrets(client: Client) -> list[str]:
    """All secrets of a client, disabled or not; Google lets it have two."""
    return [one for one in (client.client_secret, client.second_secret) if one]
