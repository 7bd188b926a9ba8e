"""What workers do for Google connections, whoever's they are."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.tenancy.tasks import SWEEP_LIMIT, TenantTask
from tokens.connections.services.refresh.worker import refresh_due as refresh_what_is_due
from tokens.connections.services.revocations import carry_out
from tokens.connections.services.shredding import shred_deleted
from tokens.connections.services.uploaded_clients import end_through
from tokens.connections.unscoped import due_revocations, through_removed_clients
from tokens.encryption.availability import key_availability
from tokens.encryption.services.data_keys import destroy_spent_keys
from tokens.encryption.services.rotation import start_scheduled_reseal


@shared_task(name="tokens.refresh_due")
def refresh_due() -> None:
    """Refresh the connections that are due."""
    refresh_what_is_due()


@shared_task(base=TenantTask, name="tokens.end_through_client")
def end_through_client(tenant_id: str, client_id: str) -> None:
    """End a tenant's connections through a removed client of the portal's own."""
    end_through(UUID(client_id))


@shared_task(name="tokens.end_removed_clients")
def end_removed_clients() -> None:
    """Find the connections that stand through removed clients of the portal's own."""
    for tenant_id, client_id in through_removed_clients(SWEEP_LIMIT):
        end_through_client.delay(str(tenant_id), str(client_id))


@shared_task(base=TenantTask, name="tokens.revoke")
def revoke(tenant_id: str, revocation_id: str) -> None:
    """Ask Google once to end what a person has disconnected."""
    carry_out(UUID(revocation_id))


@shared_task(name="tokens.revoke_due")
def revoke_due() -> None:
    """Find what Google is still to be asked, whoever forgot to say so."""
    if not key_availability().may_work:
        return
    for tenant_id, revocation_id in due_revocations(timezone.now(), SWEEP_LIMIT):
        revoke.delay(str(tenant_id), str(revocation_id))


@shared_task(name="tokens.tend_data_keys")
def tend_data_keys() -> None:
    """Destroy data keys that nothing needs any more, replace those that are too old."""
    if key_availability().may_work:
        shred_deleted()
        destroy_spent_keys()
        start_scheduled_reseal()
