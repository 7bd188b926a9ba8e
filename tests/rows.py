"""Rows that tests need and that no page makes by itself in one step."""

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tokens.clients.services.clients import portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.sealing import seal

REFRESH = "1//emu-canary-refresh-token"
ACCESS = "ya29.emu-canary-access-token"


def connection_row(tenant: Tenant, email: str = "agency@gmail.example") -> GoogleConnection:
    """An active connection that was never at Google; its tokens are canaries."""
    with tenant_scope(tenant):
        row = GoogleConnection(
            tenant=tenant,
            client=portal_client(),
            sub=f"sub-of-{email}",
            email=email,
            scopes="https://www.googleapis.com/auth/analytics.edit",
        )
        seal(row, "refresh_token", REFRESH)
        seal(row, "access_token", ACCESS)
        row.save()
        return row


def request_row(
    connection: GoogleConnection, status: Status = Status.AWAITING_TERMS, **fields: str
) -> ProvisioningRequest:
    """A request that was put into the database as it is, without a history."""
    values = {
        "account_name": "Bluebird Bakery",
        "property_name": "bluebird.example",
        "stream_name": "bluebird.example",
        "website_url": "https://bluebird.example",
        "time_zone": "Europe/Madrid",
        "region_code": "ES",
        **fields,
    }
    with tenant_scope(connection.tenant):
        return ProvisioningRequest.objects.create(
            tenant=connection.tenant, connection=connection, status=status, **values
        )
