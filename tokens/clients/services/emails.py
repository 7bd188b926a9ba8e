"""Mails that Google refuses an OAuth client of an organisation's own: to its owners, once."""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import by_worker, record
from accounts.email.services.queue import drop, leased, message_id, send
from accounts.email.services.rendering import Extras, written
from accounts.members.services.recipients import unwelcome
from accounts.offboarding.services.emails import owners_of
from accounts.tenancy.models import Tenant
from tokens.clients.models.client import OAuthClient
from tokens.clients.models.mail import ClientMail
from tokens.events import Event


def tell_owners(client: OAuthClient, tenant: Tenant, why: str) -> None:
    """Note, in the transaction that pauses `client`, that the owners of `tenant` are to be told."""
    now = timezone.now()
    ClientMail.objects.bulk_create(
        ClientMail(tenant=tenant, recipient=owner, client=client, why=why[:400], due_at=now)
        for owner in owners_of(tenant)
    )


def send_client_mail(pk: UUID) -> None:
    """Send one mail that is due, unless the client works again or is gone."""
    rows = ClientMail.objects.select_related("recipient", "tenant", "client")
    for mail in leased(rows.filter(pk=pk)):
        needless = _needless(mail) or unwelcome(mail, mail.TOPIC)
        if needless:
            drop(mail, needless)
        else:
            send([mail], partial(own_refusal_email, mail), _sent)


def _sent(mail: ClientMail) -> None:
    to = mail.recipient.email
    record(Event.CLIENT_MAILED, by_worker(), target=mail.client, tenant_id=mail.tenant_id, to=to)


def _needless(mail: ClientMail) -> str:
    if mail.client.removed_at is not None:
        return "The client was removed."
    return "It works again." if mail.client.paused_at is None else ""


def own_refusal_email(mail: ClientMail) -> EmailMultiAlternatives:
    """What an owner reads of it."""
    client, tenant = mail.client, mail.tenant
    page = f"{reverse('credentials', args=[tenant.slug])}#client-{client.pk}"
    return written(
        "own_client_refused",
        mail.recipient.email,
        link=f"{settings.BASE_URL}{page}",
        extras=Extras(headers=message_id("client", [mail])),
        tenant=tenant.name,
        client=str(client),
        client_id=client.client_id,
        why=mail.why,
    )
