"""OAuth clients in Google's console, and what their owner does with them at the portal."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast
from tests.test_credentials.conftest import Desk
from tokens.clients.models.client import ClientSecret, OAuthClient
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.worker import refresh_due
from tokens.exchanges.models import Exchange

RETURNS = ["http://testserver/google/callback/", "http://testserver/google/terms/"]


def client_file(desk: Desk, **choices: Any) -> dict[str, Any]:
    """The file of a new web client of Acme's own project."""
    entry = {"redirect_uris": RETURNS, "project": "acme-project", "name": "Acme Reports", **choices}
    return dict(desk.console("web-clients", **entry))


def second_file(desk: Desk, client: OAuthClient) -> dict[str, Any]:
    """The file that is offered when a second secret is made."""
    return dict(desk.console("client-secrets", client_id=client.client_id))


def end_secret(desk: Desk, client: OAuthClient, secret: str, act: str = "disable") -> None:
    """Disable, enable or delete a secret at Google."""
    desk.console("client-secrets/end", client_id=client.client_id, secret=secret, act=act)


def secret_of(file: dict[str, Any]) -> str:
    """The secret in a client's file."""
    return str(file["web"]["client_secret"])


def upload_client(desk: Desk, content: Any, *args: Any, **typed: str) -> str:
    """Upload a client's file, or type it; returns the page that comes back."""
    name = "credential-client-secret" if args else "credential-client-new"
    if content is not None:
        raw = json.dumps(content).encode() if isinstance(content, dict) else content
        page = desk.post(name, *args, file=SimpleUploadedFile("client_secret.json", raw), **typed)
    else:
        page = desk.post(name, *args, **typed)
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def own() -> OAuthClient:
    """The only client of Acme's own."""
    with across_tenants():
        return OAuthClient.objects.select_related("tenant").get(tenant__isnull=False)


def kept() -> list[ClientSecret]:
    """Its secrets, the newest first."""
    with across_tenants():
        return list(ClientSecret.objects.select_related("client"))


def only(cast: Cast) -> GoogleConnection:
    """The only connection of Acme."""
    with tenant_scope(cast.tenant):
        return GoogleConnection.objects.select_related("client", "tenant").get()


def refresh_again() -> list[int]:
    """Refresh everything once more; the statuses that Google answered with, in their order."""
    with across_tenants():
        before = set(Exchange.objects.values_list("pk", flat=True))
        GoogleConnection.objects.update(refresh_due_at="2020-01-01T00:00:00Z")
    refresh_due()
    with across_tenants():
        new = Exchange.objects.exclude(pk__in=before)
        return sorted(status or 0 for status in new.values_list("status", flat=True))


def remove(desk: Desk) -> str:
    """Remove the client; returns the page that comes back."""
    page = desk.post("credential-client-remove", own().pk)
    assert page.status_code == 200
    return " ".join(page.content.decode().split())
