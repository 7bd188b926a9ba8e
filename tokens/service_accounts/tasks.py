"""What workers do with service accounts."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.tenancy.tasks import SWEEP_LIMIT, TenantTask
from tokens.encryption.availability import key_availability
from tokens.service_accounts.services.rotation import drive, overdue, start_by_itself
from tokens.service_accounts.services.service_accounts import check_by_itself
from tokens.service_accounts.unscoped import (
    accounts_to_check,
    accounts_to_rotate,
    due_account_rotations,
)

_CHECKED_EVERY = timedelta(days=1)


@shared_task(base=TenantTask, name="tokens.rotate_account")
def rotate_account(tenant_id: str, rotation_id: str) -> None:
    """Go on with the rotation of a service account's key as far as it goes now."""
    drive(UUID(rotation_id))


@shared_task(base=TenantTask, name="tokens.start_account_rotation")
def start_account_rotation(tenant_id: str, account_id: str) -> None:
    """Rotate the key of a service account that wants it by itself."""
    start_by_itself(UUID(account_id))


@shared_task(name="tokens.rotate_accounts_due")
def rotate_accounts_due() -> None:
    """Find the service accounts whose keys are old, and the rotations that are to go on."""
    if not key_availability().may_work:
        return
    now = timezone.now()
    for tenant_id, account_id in accounts_to_rotate(*overdue(now), SWEEP_LIMIT):
        start_account_rotation.delay(str(tenant_id), str(account_id))
    for tenant_id, rotation_id in due_account_rotations(now, SWEEP_LIMIT):
        rotate_account.delay(str(tenant_id), str(rotation_id))


@shared_task(base=TenantTask, name="tokens.check_account")
def check_account(tenant_id: str, account_id: str) -> None:
    """Ask Google whether a service account's key still works."""
    check_by_itself(UUID(account_id))


@shared_task(name="tokens.check_accounts_due")
def check_accounts_due() -> None:
    """Find the service accounts that Google was not asked about for a day."""
    if not key_availability().may_work:
        return
    for tenant_id, account_id in accounts_to_check(timezone.now() - _CHECKED_EVERY, SWEEP_LIMIT):
        check_account.delay(str(tenant_id), str(account_id))
