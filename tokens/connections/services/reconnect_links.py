"""Reconnect links: made and mailed. `grants.store()` notes their use."""

import secrets
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import Actor, record
from accounts.email.services.delivery import deliver
from accounts.email.services.limits import Caused, count_email
from accounts.email.services.rendering import Extras, written
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.reconnect_link import LIFETIME, ReconnectLink
from tokens.connections.services.oauth_flow import digest
from tokens.events import Event


class AddressUnconfirmed(Exception):
    """Google has not confirmed the address (`email_verified`), so it may be somebody else's."""


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link, with its address: the only time that it is known."""

    link: ReconnectLink
    address: str


@transaction.atomic
def make_link(connection: GoogleConnection, actor: Actor) -> MadeLink:
    """A link with which the owner of the Google account can reconnect `connection`."""
    token = secrets.token_urlsafe(32)
    link = ReconnectLink.objects.create(
        tenant_id=connection.tenant_id,
        connection=connection,
        token_hash=digest(token),
        created_by=actor.user,
        expires_at=timezone.now() + LIFETIME,
    )
    record(Event.LINK_CREATED, actor, target=connection)
    return MadeLink(link, f"{settings.BASE_URL}{reverse('reconnect-link', args=[token])}")


def mail_link(connection: GoogleConnection, actor: Actor) -> bool:
    """Send a new link to the Google account's own address; whether the mail server took it.

    Raises:
        TooManyEmails: nothing was sent, and no link made.
        AddressUnconfirmed: nobody has confirmed that the address is this account's.
    """
    if not connection.email_verified:
        raise AddressUnconfirmed
    count_email(Caused.RECONNECT_LINKS, actor, connection.tenant_id, connection.email)
    made = make_link(connection, actor)
    if deliver(partial(link_email, made)):
        return False
    record(Event.LINK_MAILED, actor, target=connection)
    return True


def link_email(made: MadeLink) -> EmailMultiAlternatives:
    """The mail to the Google account's own address."""
    connection = made.link.connection
    return written(
        "reconnect_link",
        connection.email,
        link=made.address,
        extras=Extras(reply_to=connection.tenant.reply_to),
        tenant=connection.tenant.name,
        reason=connection.get_reason_display() or "it was withdrawn",
        until=made.link.expires_at,
    )
