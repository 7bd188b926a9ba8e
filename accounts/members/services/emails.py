"""Mails about memberships: written with the change that they tell of, sent by a worker."""

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
from accounts.members.models.mail import MemberMail, MemberNews
from accounts.members.models.membership import Membership
from accounts.members.roles import DESCRIPTIONS, Role


def tell_member(member: Membership, news: MemberNews, before: str, actor: Actor) -> None:
    """Note, in the transaction that changes a membership, that its person is to be told.

    Not of what they did themselves. `member` is as it is after the change.
    """
    if actor.user is not None and actor.user.pk == member.user_id:
        return
    MemberMail.objects.create(
        tenant_id=member.tenant_id,
        recipient_id=member.user_id,
        news=news,
        before=before,
        after="" if news == MemberNews.REMOVED else member.role,
        by=actor.user.display_name[:254] if actor.user else "",
        due_at=timezone.now(),
    )


def send_member_mail(pk: UUID) -> None:
    """Send one mail that is due, unless it is not true any more."""
    rows = MemberMail.objects.select_related("recipient", "tenant").filter(pk=pk)
    for mail in leased(rows):
        needless = _needless(mail)
        if needless:
            drop(mail, needless)
        else:
            send([mail], partial(member_email, mail), _sent)


def _sent(mail: MemberMail) -> None:
    # Who did it stands in the record, which forgets people who close their account.
    MemberMail.objects.filter(pk=mail.pk).update(by="")
    news = mail.get_news_display()
    tenant = mail.tenant_id
    record(Event.MEMBER_TOLD, by_worker(), target=mail.recipient, tenant_id=tenant, news=news)


def _needless(mail: MemberMail) -> str:
    if not mail.recipient.is_active:
        return "The person has closed their account."
    rows = Membership.objects.filter(tenant=mail.tenant_id, user=mail.recipient_id)
    role = rows.values_list("role", flat=True).first() or ""
    return "" if role == mail.after else "It was changed again meanwhile."


def member_email(mail: MemberMail) -> EmailMultiAlternatives:
    """What a person reads of what became of their membership."""
    removed = mail.news == MemberNews.REMOVED
    page = "organisations" if removed else "members"
    path = reverse(page, args=[] if removed else [mail.tenant.slug])
    after = None if removed else Role(mail.after)
    return written(
        mail.news,
        mail.recipient.email,
        link=f"{settings.BASE_URL}{path}",
        extras=Extras(reply_to=mail.tenant.reply_to, headers=message_id("member", [mail])),
        tenant=mail.tenant.name,
        who=mail.by or "The portal's staff",
        before=Role(mail.before).label.lower(),
        after=Role(after).label.lower() if after else "",
        may=DESCRIPTIONS[after] if after else "",
    )
