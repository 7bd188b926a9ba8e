"""Every store of secrets, filled: sealed columns, data keys, the portal's client, second steps."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from tests.cast import Cast
from tests.rows import connection_row
from tokens.clients.models.client import OAuthClient, PortalSecret
from tokens.clients.services.portal_secrets import locked
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import seal

TOTP_SECRET = "JBSWY3DPEHPK3PXP"
PORTAL_SECRET = "GOCSPX-emu-canary-portal"


@dataclass(frozen=True, slots=True)
class Stores:
    """One row of each kind, or some."""

    connections: list[GoogleConnection]
    revocation: Revocation
    portal: PortalSecret
    people: list[User]

    @property
    def data_keys(self) -> list[TenantKey]:
        """As they are now."""
        return list(TenantKey._base_manager.order_by("tenant", "version"))

    @property
    def steps(self) -> list[Authenticator]:
        """As they are now."""
        return list(Authenticator.objects.filter(user__in=self.people).order_by("pk"))


def filled(cast: Cast) -> Stores:
    """Two connections here and one elsewhere, a revocation, a portal secret, two people's steps."""
    connections = [
        connection_row(cast.tenant),
        connection_row(cast.tenant, "shop@gmail.example"),
        connection_row(cast.elsewhere),
    ]
    with tenant_scope(cast.tenant):
        revocation = Revocation(tenant=cast.tenant, connection=connections[0])
        seal(revocation, "token", "1//emu-canary-ending")
        revocation.save()
    with across_tenants(), transaction.atomic():
        client = OAuthClient.objects.create(client_id="uploaded.apps.googleusercontent.com")
        portal = locked(client, PORTAL_SECRET, None)
        portal.save()
    for person in (cast.owner, cast.teammate):
        TOTP.activate(person, TOTP_SECRET)
        RecoveryCodes.activate(person)
    return Stores(connections, revocation, portal, [cast.owner, cast.teammate])
