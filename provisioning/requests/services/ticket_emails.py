"""Mails about new tickets: put into the outbox with the ticket, sent from it by a worker."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.audit.recording import by_worker, record
from accounts.email.services.queue import drop, leased, message_id, send
from accounts.email.services.rendering import Extras, written
from accounts.members.models.membership import Membership
from accounts.members.roles import Power, Role
from accounts.members.services.email_preferences import stop_for
from accounts.members.services.recipients import unwelcome
from accounts.users.models import User
from accounts.values.email_address import shown
from provisioning.events import Event
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.mail import TermsMail
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status


def call_for_acceptance(ticket: AccountTicket) -> None:
    """Note, inside the transaction that stores `ticket`, who has to be told of it."""
    _note(ticket, timezone.now())


def remind_of_terms(ticket: AccountTicket) -> None:
    """Note that who saw `ticket` come is reminded, half its time later, unless they answer it.

    Once for each request, whatever becomes of it afterwards.
    """
    if not TermsMail.objects.filter(ticket__request=ticket.request_id).exists():
        now = timezone.now()
        _note(ticket, now + (ticket.expires_at - now) / 2, reminds=True)


def _note(ticket: AccountTicket, due_at: datetime, *, reminds: bool = False) -> None:
    for user in responsible(ticket.request):
        TermsMail.objects.get_or_create(
            ticket=ticket,
            recipient=user,
            defaults={"tenant_id": ticket.tenant_id, "due_at": due_at, "reminds": reminds},
        )


def send_terms_mail(pk: UUID) -> None:
    """Send one mail that is due, unless nobody needs it any more."""
    rows = TermsMail.objects.select_related("recipient", "ticket__request__tenant")
    for mail in leased(rows.filter(pk=pk)):
        needless = _needless(mail)
        if needless:
            drop(mail, needless)
        else:
            send([mail], partial(terms_email, mail), _sent)


def responsible(request: ProvisioningRequest) -> list[User]:
    """Who asked for the account, if they may still act for it; else the owners."""
    active = Membership.objects.filter(tenant=request.tenant_id, user__is_active=True)
    members = list(active.select_related("user"))
    asked = [one for one in members if one.user_id == request.created_by_id]
    if asked and asked[0].may(Power.REQUEST_MANAGE):
        return [asked[0].user]
    return [one.user for one in members if one.role == Role.OWNER]


def _needless(mail: TermsMail) -> str:
    ticket, request = mail.ticket, mail.ticket.request
    if request.status != Status.AWAITING_TERMS or not ticket.is_open:
        return "The terms do not wait any more."
    if ticket.opened_at is not None and not mail.reminds:
        return "Somebody has opened the terms already."
    return unwelcome(mail, mail.TOPIC)


def terms_email(mail: TermsMail) -> EmailMultiAlternatives:
    """What a person reads of a new ticket."""
    request = mail.ticket.request
    return written(
        "terms_waiting" if mail.reminds else "terms_again",
        mail.recipient.email,
        link=f"{settings.BASE_URL}{request.get_absolute_url()}",
        extras=Extras(
            headers=message_id("terms", [mail]),
            stop=stop_for(mail.recipient, request.tenant, mail.TOPIC),
        ),
        tenant=request.tenant.name,
        account=request.account_name,
        host=request.host,
        google_email=shown(request.connection.email) if request.connection else "",
        until=mail.ticket.expires_at,
        opened=mail.ticket.opened_at is not None,
        asked=request.created_by_id == mail.recipient_id,
    )


def _sent(mail: TermsMail) -> None:
    record(Event.TERMS_MAILED, by_worker(), target=mail.ticket.request)
