"""Many connections at once: rows whose refresh tokens the local Google really issued."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.emulator.control_api import grant
from tests.emulator.state import User
from tests.emulator.thread import EmulatorThread
from tests.emulator.world import World
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.sealing import seal
from tokens.google.scopes import ANALYTICS_EDIT


def granted(
    google: EmulatorThread, many: int, *, user: str = "fleet", client_id: str = ""
) -> list[str]:
    """So many refresh tokens, each of a Google user of its own, so that no limit evicts any."""

    def issue(world: World) -> list[str]:
        tokens = []
        for number in range(many):
            email = f"{user}{number}@gmail.example"
            person = User(email=email, sub=f"9{abs(hash(email)) % 10**19:019d}", name=email)
            world.state.users[person.sub] = person
            tokens.append(
                grant(world, person, {"client_id": client_id or settings.GOOGLE_CLIENT_ID})
            )
        return tokens

    return google.call(issue)


def fleet(
    tenant: Tenant,
    tokens: Sequence[str],
    *,
    due_at: datetime | None = None,
    client: OAuthClient | None = None,
) -> list[GoogleConnection]:
    """Active connections of `tenant`, one for each refresh token, all due."""
    now = timezone.now()
    client = client or portal_client()
    with tenant_scope(tenant):
        rows = []
        for number, token in enumerate(tokens):
            row = GoogleConnection(
                tenant=tenant,
                client=client,
                sub=f"{tenant.slug}-{number}",
                email=f"fleet{number}@gmail.example",
                scopes=ANALYTICS_EDIT,
                refresh_due_at=due_at or now,
            )
            seal(row, "refresh_token", token)
            rows.append(row)
        return GoogleConnection.objects.bulk_create(rows)
