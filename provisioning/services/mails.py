"""Mails about new tickets: put into the outbox with the ticket, sent from it by a worker.

A worker that dies before it has sent a mail gives it back by its lease. One that
dies after sending, but before it could write that down, makes the mail be sent
again under the same Message-ID, by which mail programs show it once.
"""

from datetime import timedelta
from smtplib import SMTPException
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit import by_worker, record
from accounts.mails import Topic
from accounts.models import Membership, User
from accounts.roles import Power, Role
from accounts.services.letters import Extras, written
from accounts.services.mail_choices import stop_for
from provisioning.events import Event
from provisioning.models import AccountTicket, ProvisioningRequest, TermsMail
from provisioning.services.setbacks import retry_at
from provisioning.states import Status
from tokens.retry import MAIL

_LEASE = timedelta(seconds=settings.EMAIL_TIMEOUT * 3)


def call_for_acceptance(ticket: AccountTicket) -> None:
    """Note, inside the transaction that stores `ticket`, who has to be told of it."""
    for user in _responsible(ticket.request):
        TermsMail.objects.create(
            tenant_id=ticket.tenant_id, ticket=ticket, recipient=user, due_at=timezone.now()
        )


def send_terms_mail(pk: UUID) -> None:
    """Send one mail that is due, unless nobody needs it any more."""
    mail = _claimed(pk)
    if mail is None:
        return
    needless = _needless(mail)
    if needless:
        _settle(mail, dropped_because=needless)
        return
    try:
        terms_letter(mail).send()
    except (SMTPException, OSError) as error:
        _set_back(mail, error)
    else:
        _sent(mail)


def _responsible(request: ProvisioningRequest) -> list[User]:
    """Who asked for the account, if they may still act for it; else the owners."""
    active = Membership.objects.filter(tenant=request.tenant_id, user__is_active=True)
    members = list(active.select_related("user"))
    asked = [one for one in members if one.user_id == request.created_by_id]
    if asked and asked[0].may(Power.REQUEST_MANAGE):
        return [asked[0].user]
    return [one.user for one in members if one.role == Role.OWNER]


def _claimed(pk: UUID) -> TermsMail | None:
    now = timezone.now()
    seen = TermsMail.objects.filter(pk=pk, due_at__lte=now).first()
    if seen is None:
        return None
    free = TermsMail.objects.filter(pk=pk, fence=seen.fence)
    if not free.update(fence=F("fence") + 1, due_at=now + _LEASE):
        return None
    rows = TermsMail.objects.select_related("recipient", "ticket__request__tenant")
    return rows.get(pk=pk)


def _needless(mail: TermsMail) -> str:
    ticket, request = mail.ticket, mail.ticket.request
    if request.status != Status.AWAITING_TERMS or not ticket.is_open:
        return "The terms do not wait any more."
    if ticket.opened_at is not None:
        return "Somebody has opened the terms already."
    member = (
        Membership.objects.filter(tenant=mail.tenant_id, user=mail.recipient)
        .select_related("user")
        .first()
    )
    if member is None or not mail.recipient.is_active:
        return "The person has left."
    if not member.wants(Topic.TERMS):
        return "The person wants no such mails."
    return ""


def terms_letter(mail: TermsMail) -> EmailMultiAlternatives:
    """What a person reads of a new ticket."""
    request = mail.ticket.request
    host = urlsplit(settings.BASE_URL).hostname
    return written(
        "terms_again",
        mail.recipient.email,
        link=f"{settings.BASE_URL}{request.get_absolute_url()}",
        extras=Extras(
            headers={"Message-ID": f"<terms-{mail.pk}@{host}>"},
            stop=stop_for(mail.recipient, request.tenant, Topic.TERMS),
        ),
        tenant=request.tenant.name,
        account=request.account_name,
        host=request.host,
        google_email=request.connection.email if request.connection else "",
        until=mail.ticket.expires_at,
        asked=request.created_by_id == mail.recipient_id,
    )


@transaction.atomic
def _sent(mail: TermsMail) -> None:
    if _settle(mail, sent_at=timezone.now(), problem=""):
        record(Event.TERMS_MAILED, by_worker(), target=mail.ticket.request)


def _set_back(mail: TermsMail, error: Exception) -> None:
    tries = mail.tries + 1
    until = retry_at(MAIL, tries)
    problem = f"{type(error).__name__}: {error}"[:300]
    given_up = "" if until else "The mail server kept refusing it."
    _settle(mail, due_at=until, tries=tries, problem=problem, dropped_because=given_up)


def _settle(mail: TermsMail, **changes: object) -> bool:
    """Write what became of the mail, while the claim is still ours."""
    ours = TermsMail.objects.filter(pk=mail.pk, fence=mail.fence)
    return bool(ours.update(**{"due_at": None, **changes}))
