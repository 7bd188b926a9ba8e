"""What workers do for Google connections, whoever's they are."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.tasks import TenantTask
from tokens.claims import (
    accounts_to_check,
    accounts_to_rotate,
    due_account_rotations,
    due_client_mails,
    due_reconnect_mails,
    due_revocations,
    due_service_account_mails,
    through_removed_clients,
)
from tokens.services.account_rotation import drive, overdue, start_by_itself
from tokens.services.client_mails import send_client_mail
from tokens.services.data_keys import destroy_spent_keys
from tokens.services.engine import refresh_due as refresh_what_is_due
from tokens.services.quarantine import leave_if_well, tell_of_lock
from tokens.services.reconnect_mails import send_reconnect_mail
from tokens.services.retention import prune_exchanges as prune_what_is_old
from tokens.services.revocations import carry_out
from tokens.services.rotation import start_scheduled_reseal, work_for_a_while
from tokens.services.service_account_mails import send_service_account_mail
from tokens.services.service_accounts import check_by_itself
from tokens.services.shredding import shred_deleted
from tokens.services.uploaded_clients import end_through
from tokens.standing import standing

_SWEEP_LIMIT = 500
_CHECKED_EVERY = timedelta(days=1)
# Short slices: a worker can be stopped, and other work gets its turn.
_SLICE_SECONDS = 20.0


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
    for tenant_id, client_id in through_removed_clients(_SWEEP_LIMIT):
        end_through_client.delay(str(tenant_id), str(client_id))


@shared_task(base=TenantTask, name="tokens.revoke")
def revoke(tenant_id: str, revocation_id: str) -> None:
    """Ask Google once to end what a person has disconnected."""
    carry_out(UUID(revocation_id))


@shared_task(name="tokens.revoke_due")
def revoke_due() -> None:
    """Find what Google is still to be asked, whoever forgot to say so."""
    if not standing().may_work:
        return
    for tenant_id, revocation_id in due_revocations(timezone.now(), _SWEEP_LIMIT):
        revoke.delay(str(tenant_id), str(revocation_id))


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
    if not standing().may_work:
        return
    now = timezone.now()
    for tenant_id, account_id in accounts_to_rotate(*overdue(now), _SWEEP_LIMIT):
        start_account_rotation.delay(str(tenant_id), str(account_id))
    for tenant_id, rotation_id in due_account_rotations(now, _SWEEP_LIMIT):
        rotate_account.delay(str(tenant_id), str(rotation_id))


@shared_task(base=TenantTask, name="tokens.check_account")
def check_account(tenant_id: str, account_id: str) -> None:
    """Ask Google whether a service account's key still works."""
    check_by_itself(UUID(account_id))


@shared_task(name="tokens.check_accounts_due")
def check_accounts_due() -> None:
    """Find the service accounts that Google was not asked about for a day."""
    if not standing().may_work:
        return
    for tenant_id, account_id in accounts_to_check(timezone.now() - _CHECKED_EVERY, _SWEEP_LIMIT):
        check_account.delay(str(tenant_id), str(account_id))


@shared_task(base=TenantTask, name="tokens.mail_breaks")
def mail_breaks(tenant_id: str, recipient_id: str) -> None:
    """Tell one person which Google accounts broke."""
    send_reconnect_mail(UUID(recipient_id))


@shared_task(base=TenantTask, name="tokens.mail_account")
def mail_account(tenant_id: str, mail_id: str) -> None:
    """Send one mail about a service account."""
    send_service_account_mail(UUID(mail_id))


@shared_task(base=TenantTask, name="tokens.mail_client")
def mail_client(tenant_id: str, mail_id: str) -> None:
    """Send one mail about an OAuth client."""
    send_client_mail(UUID(mail_id))


@shared_task(name="tokens.mails_due")
def mails_due() -> None:
    """Find the mails of this room that are due. After a restore they wait, as all does."""
    if not standing().may_work:
        return
    now = timezone.now()
    for tenant_id, recipient_id in due_reconnect_mails(now, _SWEEP_LIMIT):
        mail_breaks.delay(str(tenant_id), str(recipient_id))
    for tenant_id, mail_id in due_service_account_mails(now, _SWEEP_LIMIT):
        mail_account.delay(str(tenant_id), str(mail_id))
    for tenant_id, mail_id in due_client_mails(now, _SWEEP_LIMIT):
        mail_client.delay(str(tenant_id), str(mail_id))


@shared_task(name="tokens.prune_exchanges")
def prune_exchanges() -> None:
    """Forget what was said to Google too long ago."""
    prune_what_is_old(timezone.now())


@shared_task(name="tokens.rotate_keys")
def rotate_keys() -> None:
    """Go on with whatever key rotation is running."""
    if standing().may_work:
        work_for_a_while(_SLICE_SECONDS)


@shared_task(name="tokens.tend_data_keys")
def tend_data_keys() -> None:
    """Destroy data keys that nothing needs any more, replace those that are too old."""
    if standing().may_work:
        shred_deleted()
        destroy_spent_keys()
        start_scheduled_reseal()


@shared_task(name="tokens.leave_quarantine")
def leave_quarantine() -> None:
    """After a restore, open every secret and let work go on when all is well.

    Where a key is missing for it, or without a restore, staff are told.
    """
    tell_of_lock(timezone.now())
    leave_if_well()
