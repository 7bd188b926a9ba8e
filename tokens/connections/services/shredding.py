"""Crypto-shredding: without their data keys a deleted tenant's secrets are noise.

Also in every copy of the database that was made before, once the master key
that wrapped the data keys then is retired and gone from the settings: a copy
holds the wrapped keys, and whoever has both could still open them. Until then
`manage.py rotate_keys --status` says which master key that is (docs/keys.md).
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit.recording import Actor, by_worker
from accounts.offboarding.services.organisation_deletion import lock_for_erasure, mark_erased
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation, RevocationState
from tokens.connections.services.disconnect import disconnect
from tokens.connections.states import ConnectionStatus
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealing import forget_keys
from tokens.encryption.services.data_keys import destroy
from tokens.encryption.unscoped import tenants_to_shred


def shred_deleted() -> int:
    """Destroy the data keys of tenants whose grace period is over; returns of how many."""
    before = timezone.now() - timedelta(days=settings.TENANT_DELETION_GRACE_DAYS)
    return sum(_shred(tenant, before, by_worker()) for tenant in tenants_to_shred(before))


def _shred(tenant: Tenant, before: datetime, actor: Actor) -> bool:
    """Give Google its permissions back first: that needs the secrets one last time."""
    with tenant_scope(tenant):
        for row in GoogleConnection.objects.exclude(status=ConnectionStatus.DISCONNECTED):
            disconnect(row, actor)
        if Revocation.objects.filter(state=RevocationState.WAITING).exists():
            return False
        return _destroy_all(tenant, before, actor)


@transaction.atomic
def _destroy_all(tenant: Tenant, before: datetime, actor: Actor) -> bool:
    if not lock_for_erasure(tenant, before):
        return False
    for row in TenantKey.objects.select_for_update().exclude(state=KeyState.DESTROYED):
        destroy(row, actor)
    mark_erased(tenant, actor)
    # Other processes let go of what they have unwrapped within five minutes.
    transaction.on_commit(forget_keys)
    return True
