"""Mails about the end of an organisation: written with what they tell of, sent by a worker."""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import Actor, by_worker, record
from accounts.email.services.queue import drop, leased, message_id, send
from accounts.email.services.rendering import Extras, written
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.offboarding.models.mail import LeavingMail
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User


def owners_of(tenant: Tenant) -> list[User]:
    """Who is told what becomes of `tenant`."""
    owners = User.objects.filter(memberships__tenant=tenant, memberships__role=Role.OWNER)
    return list(owners.filter(is_active=True).order_by("email"))


def tell_of_deletion(tenant: Tenant, actor: Actor) -> None:
    """Note, in the transaction that asks for it or takes it back, that all owners are to be told.

    Whoever did it too: somebody else may have used their browser.
    """
    now, by = timezone.now(), actor.user.display_name[:254] if actor.user else ""
    with tenant_scope(tenant):
        LeavingMail.objects.bulk_create(
            LeavingMail(
                tenant=tenant, recipient=owner, asked_at=tenant.deleted_at, by=by, due_at=now
            )
            for owner in owners_of(tenant)
        )


def not_reached(tenant: Tenant) -> list[str]:
    """Addresses whose mail about the deletion as it stands no mail server has taken so far."""
    refused = LeavingMail.objects.filter(asked_at=tenant.deleted_at, sent_at=None, tries__gt=0)
    addresses = refused.order_by("recipient__email").values_list("recipient__email", flat=True)
    return list(addresses.distinct()) if tenant.deleted_at else []


def send_leaving_mail(pk: UUID) -> None:
    """Send one mail that is due, unless it is not true any more."""
    rows = LeavingMail.objects.select_related("recipient", "tenant").filter(pk=pk)
    for mail in leased(rows):
        needless = _needless(mail)
        if needless:
            drop(mail, needless)
        else:
            send([mail], partial(deletion_email, mail), _sent)


def _sent(mail: LeavingMail) -> None:
    # Who did it stands in the record, which forgets people who close their account.
    LeavingMail.objects.filter(pk=mail.pk).update(by="")
    news = "it will be deleted" if mail.asked_at else "it stays"
    tenant = mail.tenant_id
    record(Event.OWNER_TOLD, by_worker(), target=mail.recipient, tenant_id=tenant, news=news)


def _needless(mail: LeavingMail) -> str:
    owners = Membership.objects.filter(tenant=mail.tenant_id, role=Role.OWNER)
    if not owners.filter(user=mail.recipient_id, user__is_active=True).exists():
        return "The person is no owner any more."
    return "" if mail.asked_at == mail.tenant.deleted_at else "It was changed again meanwhile."


def deletion_email(mail: LeavingMail) -> EmailMultiAlternatives:
    """What an owner reads of it."""
    return written(
        "deletion_requested" if mail.asked_at else "deletion_cancelled",
        mail.recipient.email,
        link=f"{settings.BASE_URL}{reverse('tenant-data', args=[mail.tenant.slug])}",
        extras=Extras(headers=message_id("leaving", [mail])),
        tenant=mail.tenant.name,
        who=mail.by or "The portal's staff",
        leaves_at=mail.tenant.leaves_at,
    )
