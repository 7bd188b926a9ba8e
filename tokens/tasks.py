"""What workers do for Google connections, whoever's they are."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.tasks import TenantTask
from tokens.claims import due_revocations
from tokens.services.engine import refresh_due as refresh_what_is_due
from tokens.services.retention import prune_exchanges as prune_what_is_old
from tokens.services.revocations import carry_out

_SWEEP_LIMIT = 500


@shared_task(name="tokens.refresh_due")
def refresh_due() -> None:
    """Refresh the connections that are due."""
    refresh_what_is_due()


@shared_task(base=TenantTask, name="tokens.revoke")
def revoke(tenant_id: str, revocation_id: str) -> None:
    """Ask Google once to end what a person has disconnected."""
    carry_out(UUID(revocation_id))


@shared_task(name="tokens.revoke_due")
def revoke_due() -> None:
    """Find what Google is still to be asked, whoever forgot to say so."""
    for tenant_id, revocation_id in due_revocations(timezone.now(), _SWEEP_LIMIT):
        revoke.delay(str(tenant_id), str(revocation_id))


@shared_task(name="tokens.prune_exchanges")
def prune_exchanges() -> None:
    """Forget what was said to Google too long ago."""
    prune_what_is_old(timezone.now())
