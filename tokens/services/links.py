"""Reconnect links: made and mailed. `grants.store()` notes their use."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit import Actor, record
from accounts.services.letters import letter
from tokens.events import Event
from tokens.models import GoogleConnection, ReconnectLink
from tokens.models.link import LIFETIME
from tokens.services.connect import digest

_TEXT = """{tenant} creates Google Analytics accounts through the Google account {email},
and Google no longer accepts the permission for it: {reason}.

It takes a minute.

Give the permission again:

{address}

Sign in at Google as {email}; another account is not accepted. The link works
once, until {until:%d %B %Y}.

You get this mail because {email} was connected to the portal by {tenant}. If
you do not want that any more, do nothing.
"""


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


@transaction.atomic
def mail_link(connection: GoogleConnection, actor: Actor) -> None:
    """Send a new link to the Google account's own address, after the commit."""
    made = make_link(connection, actor)
    tenant = connection.tenant.name
    text = _TEXT.format(
        tenant=tenant,
        email=connection.email,
        reason=connection.get_reason_display() or "it was withdrawn",
        address=made.address,
        until=made.link.expires_at,
    )
    subject = f"{tenant}: please connect {connection.email} again"
    record(Event.LINK_MAILED, actor, target=connection)
    mail = letter(subject, text, connection.email, reply_to=connection.tenant.reply_to)
    transaction.on_commit(mail.send)
