"""Mails that a service account's key is refused, or that its rotation stopped: once for each.

Written with what they tell of, sent by a worker, to those who may manage credentials.
"""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.audit.events import ActorKind
from accounts.audit.recording import Actor, by_worker, record
from accounts.email.services.queue import drop, leased, message_id, send
from accounts.email.services.rendering import Extras, written
from accounts.members.models.membership import Membership
from accounts.members.roles import POWERS, Power
from accounts.members.services.recipients import unwelcome
from tokens.events import Event
from tokens.service_accounts.models.mail import ServiceAccountMail
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.states import AccountRotationState, RotationFailure

_ROLES = [role for role, powers in POWERS.items() if Power.CREDENTIAL_MANAGE in powers]


def tell_of_refusal(account: ServiceAccount, why: str, actor: Actor) -> None:
    """Note, in the transaction that notes a new trouble, who is to be told of it.

    Not the person who asked Google just now: their page has said so.
    """
    besides = actor.user.pk if actor.kind == ActorKind.PERSON and actor.user else None
    _tell(account, None, why, besides)


def tell_of_rotation(rotation: ServiceAccountRotation, reason: RotationFailure) -> None:
    """Note, in the transaction that ends a rotation, who is to be told that it failed.

    Unless the one before failed for the same reason: a rotation that begins by
    itself every day fails every day until somebody has done what they were told.
    """
    earlier = ServiceAccountRotation.objects.filter(account=rotation.account_id)
    ended = earlier.exclude(pk=rotation.pk).filter(finished_at__isnull=False)
    last = ended.order_by("-finished_at").values_list("state", "reason").first()
    if last != (AccountRotationState.FAILED, reason):
        _tell(rotation.account, rotation, reason.label)


def _tell(
    account: ServiceAccount,
    rotation: ServiceAccountRotation | None,
    why: str,
    besides: UUID | None = None,
) -> None:
    people = Membership.objects.filter(
        tenant=account.tenant_id, role__in=_ROLES, user__is_active=True
    )
    now = timezone.now()
    ServiceAccountMail.objects.bulk_create(
        ServiceAccountMail(
            tenant_id=account.tenant_id,
            recipient_id=recipient,
            account=account,
            rotation=rotation,
            why=why[:400],
            due_at=now,
        )
        for recipient in people.exclude(user=besides).values_list("user", flat=True)
    )


def send_service_account_mail(pk: UUID) -> None:
    """Send one mail that is due, unless nobody needs it any more."""
    rows = ServiceAccountMail.objects.select_related("recipient", "tenant", "account", "rotation")
    for mail in leased(rows.filter(pk=pk)):
        needless = _needless(mail) or unwelcome(mail, mail.TOPIC)
        if needless:
            drop(mail, needless)
        else:
            send([mail], partial(service_account_email, mail), _sent)


def _sent(mail: ServiceAccountMail) -> None:
    told = mail.recipient.email
    record(Event.SERVICE_ACCOUNT_MAILED, by_worker(), target=mail.account, to=told)


def _needless(mail: ServiceAccountMail) -> str:
    if mail.rotation is None:
        return "" if mail.account.problem else "It works again."
    later = ServiceAccountRotation.objects.filter(account=mail.account)
    since = later.filter(started_at__gt=mail.rotation.started_at)
    return "Its key was rotated again since." if since.exists() else ""


def service_account_email(mail: ServiceAccountMail) -> EmailMultiAlternatives:
    """What a person reads of a service account's trouble."""
    return written(
        "rotation_stopped" if mail.rotation else "service_account_refused",
        mail.recipient.email,
        link=f"{settings.BASE_URL}{mail.account.get_absolute_url()}",
        extras=Extras(headers=message_id("service-account", [mail])),
        tenant=mail.tenant.name,
        account=mail.account.email,
        why=mail.why,
    )
