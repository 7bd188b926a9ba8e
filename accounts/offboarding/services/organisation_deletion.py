"""Deleting a tenant: asked for, cancelled while there is time, then final."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.offboarding.services.emails import tell_of_deletion
from accounts.tenancy.models import Tenant


class TooLate(Exception):
    """The organisation's secrets are destroyed; nothing can bring them back."""


@transaction.atomic
def request_deletion(tenant: Tenant, actor: Actor) -> bool:
    """Ask for the deletion of `tenant`. Its secrets are destroyed when the grace period ends.

    Its owners get a mail, and another one when it is cancelled. Returns whether that is news.
    """
    now = timezone.now()
    asked = Tenant.objects.filter(pk=tenant.pk, deleted_at=None).update(deleted_at=now)
    if asked:
        tenant.deleted_at = now
        record(Event.TENANT_DELETION_REQUESTED, actor, target=tenant, tenant_id=tenant.pk)
        tell_of_deletion(tenant, actor)
    return bool(asked)


@transaction.atomic
def cancel_deletion(tenant: Tenant, actor: Actor) -> bool:
    """Take the wish back. Returns whether there was one.

    Raises:
        TooLate: the secrets are destroyed already.
    """
    row = Tenant.objects.select_for_update().get(pk=tenant.pk)
    if row.erased_at is not None:
        raise TooLate(f"The secrets of {row.name} were destroyed on {row.erased_at:%Y-%m-%d}.")
    cancelled = Tenant.objects.filter(pk=row.pk, deleted_at__isnull=False).update(deleted_at=None)
    if cancelled:
        tenant.deleted_at = None
        record(Event.TENANT_DELETION_CANCELLED, actor, target=tenant, tenant_id=tenant.pk)
        tell_of_deletion(tenant, actor)
    return bool(cancelled)


def lock_for_erasure(tenant: Tenant, asked_before: datetime) -> bool:
    """Whether `tenant` is still to be erased; nobody can cancel until the transaction ends."""
    return (
        Tenant.objects.select_for_update()
        .filter(pk=tenant.pk, deleted_at__lte=asked_before, erased_at=None)
        .exists()
    )


def mark_erased(tenant: Tenant, actor: Actor) -> None:
    """Note that its secrets are destroyed, inside the transaction that does so."""
    Tenant.objects.filter(pk=tenant.pk).update(erased_at=timezone.now())
    record(Event.TENANT_ERASED, actor, target=tenant, tenant_id=tenant.pk)
