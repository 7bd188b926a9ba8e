"""E-mails that a ticket's terms wait for a person: written with the ticket."""

from datetime import datetime
from typing import ClassVar

from django.utils import timezone

from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import Content, email_kind
from accounts.email.services.queue import queue
from accounts.email.types import Topic
from accounts.leases.retry import MAIL
from accounts.members.services.member_email import MemberEmail
from accounts.values.email_address import shown
from provisioning.events import Event
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.emails import responsible
from provisioning.requests.states import Status


class _TermsEmail(MemberEmail[AccountTicket]):
    topic, model = Topic.TERMS, AccountTicket
    related = ("request__tenant", "request__connection")
    retry, event = MAIL, Event.TERMS_MAILED
    # Whether the person saw this ticket come, and has not answered its terms since.
    reminds: ClassVar[bool]

    def over(self, email: QueuedEmail, target: AccountTicket) -> str:
        if target.request.status != Status.AWAITING_TERMS or not target.is_open:
            return "The terms do not wait any more."
        if target.opened_at is not None and not self.reminds:
            return "Somebody has opened the terms already."
        return ""

    def content(self, email: QueuedEmail, targets: list[AccountTicket]) -> Content:
        (ticket,) = targets
        request = ticket.request
        said = {
            "tenant": request.tenant.name,
            "account": request.account_name,
            "host": request.host,
            "google_email": shown(request.connection.email) if request.connection else "",
            "until": ticket.expires_at,
            "opened": ticket.opened_at is not None,
            "asked": request.created_by_id == email.recipient_id,
        }
        return Content(said, request.get_absolute_url())

    def recorded(self, target: AccountTicket) -> ProvisioningRequest:
        return target.request


@email_kind
class TermsAgain(_TermsEmail):
    """Of a ticket that the portal got by itself."""

    name, words = "terms_again", "A new ticket's terms wait"
    reminds = False


@email_kind
class TermsWaiting(_TermsEmail):
    """Of a ticket that the person saw come."""

    name, words = "terms_waiting", "A first ticket's terms still wait"
    reminds = True


def call_for_acceptance(ticket: AccountTicket) -> None:
    """Note, inside the transaction that stores `ticket`, who has to be told of it."""
    _note(ticket, TermsAgain, timezone.now())


def remind_of_terms(ticket: AccountTicket) -> None:
    """Note that who saw `ticket` come is reminded, half its time later, unless they answer it.

    Once for each request, whatever becomes of it afterwards.
    """
    tickets = AccountTicket.objects.filter(request=ticket.request_id).values_list("pk", flat=True)
    about = QueuedEmail.objects.filter(target_id__in=[str(pk) for pk in tickets])
    if not about.filter(kind__in=(TermsAgain.name, TermsWaiting.name)).exists():
        now = timezone.now()
        _note(ticket, TermsWaiting, now + (ticket.expires_at - now) / 2)


def _note(ticket: AccountTicket, kind: type[_TermsEmail], due_at: datetime) -> None:
    people = responsible(ticket.request)
    queue([kind.about(ticket, user.pk, occasion="issued") for user in people], due_at)
