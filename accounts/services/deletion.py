"""Deleting a tenant: asked for, cancelled while there is time, then final."""

from datetime import datetime
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.events import Event
from accounts.models import Tenant, User
from accounts.roles import Role
from accounts.services.letters import written

log = structlog.get_logger(__name__)


class TooLate(Exception):
    """The organisation's secrets are destroyed; nothing can bring them back."""


@transaction.atomic
def request_deletion(tenant: Tenant, actor: Actor) -> bool:
    """Ask for the deletion of `tenant`. Its secrets are destroyed when the grace period ends.

    Returns whether that is news.
    """
    now = timezone.now()
    asked = Tenant.objects.filter(pk=tenant.pk, deleted_at=None).update(deleted_at=now)
    if asked:
        tenant.deleted_at = now
        record(Event.TENANT_DELETION_REQUESTED, actor, target=tenant, tenant_id=tenant.pk)
    return bool(asked)


def owners_of(tenant: Tenant) -> list[User]:
    """Who is told what becomes of `tenant`."""
    owners = User.objects.filter(memberships__tenant=tenant, memberships__role=Role.OWNER)
    return list(owners.filter(is_active=True).order_by("email"))


def tell_owners(tenant: Tenant, actor: Actor) -> list[str]:
    """Mail every owner that the deletion was asked for, or that it was cancelled.

    Outside of any transaction. Returns the addresses that the mail server took it for.
    """
    return [
        owner.email
        for owner in owners_of(tenant)
        if _taken(deletion_letter(tenant, actor, owner.email))
    ]


def deletion_letter(tenant: Tenant, actor: Actor, to: str) -> EmailMultiAlternatives:
    """What an owner reads of it."""
    return written(
        "deletion_requested" if tenant.deleted_at else "deletion_cancelled",
        to,
        link=f"{settings.BASE_URL}{reverse('tenant-data', args=[tenant.slug])}",
        tenant=tenant.name,
        who=actor.user.display_name if actor.user else "The portal's staff",
        leaves_at=tenant.leaves_at,
    )


def _taken(letter: EmailMultiAlternatives) -> bool:
    try:
        letter.send()
    except (SMTPException, OSError) as error:
        log.warning("an owner was not told of a deletion", error=type(error).__name__)
        return False
    return True


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
