"""E-mails that a Google account must be connected again: to who may do it, or to its owner.

Of a break members hear once. That is written with the break itself and sent a little later, so
that of a hundred accounts that break together one e-mail tells, and of one that somebody
has repaired at once none. Its owner gets a link when a member asks them.
"""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit.events import ActorKind
from accounts.audit.recording import Actor
from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import Content, EmailKind, email_kind
from accounts.email.services.limits import Caused, count_email
from accounts.email.services.queue import latest, queue
from accounts.email.types import Topic
from accounts.members.roles import Power
from accounts.members.services.member_email import MemberEmail, those_who_may
from accounts.values.email_address import shown
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.services.reconnect_links import make_link, reconnect_link
from tokens.connections.states import ConnectionStatus
from tokens.events import Event

_TOGETHER = timedelta(minutes=1)
_NAMED = 10


@email_kind
class ConnectionBroken(MemberEmail[GoogleConnection]):
    """Its `occasion` is the fencing token of the break: whoever reconnects raises it."""

    name, words = "connection_broken", "A Google account must be connected again"
    topic, model = Topic.RECONNECT, GoogleConnection
    event = Event.CONNECTION_BREAK_MAILED
    together = True

    def over(self, email: QueuedEmail, target: GoogleConnection) -> str:
        broken = target.status == ConnectionStatus.NEEDS_RECONNECT
        return "" if broken else "It does not need its person any more."

    def content(self, email: QueuedEmail, targets: list[GoogleConnection]) -> Content:
        one, tenant = targets[0], email.whose
        said = {
            "tenant": tenant.name,
            "google_email": shown(one.email),
            "reason": one.get_reason_display(),
            "count": len(targets),
            "named": [row.email for row in targets[:_NAMED]],
            "others": max(0, len(targets) - _NAMED),
        }
        listed = reverse("connections", args=[tenant.slug])
        return Content(said, one.get_absolute_url() if len(targets) == 1 else listed)


def tell_of_breaks(broken: list[GoogleConnection], actor: Actor) -> None:
    """Note, in the transaction that breaks connections of one tenant, who has to be told.

    Not the person who did it themselves: their page has said so. The connections
    are as they are after the break.
    """
    people = set(those_who_may(Power.CONNECTION_MANAGE, broken[0].tenant_id))
    if actor.kind == ActorKind.PERSON and actor.user is not None:
        people.discard(actor.user.pk)
    emails = [
        ConnectionBroken.about(row, person, occasion=row.fencing_token)
        for row in broken
        for person in people
    ]
    queue(emails, timezone.now() + _TOGETHER)


class AddressUnconfirmed(Exception):
    """Google has not confirmed the address (`email_verified`), so it may be somebody else's."""


@email_kind
class ReconnectLinkEmail(EmailKind[ReconnectLink]):
    """To the Google account's own address."""

    name, words = "reconnect_link", "A reconnect link, to the owner of a Google account"
    topic, model, related = Topic.ASKED, ReconnectLink, ("connection__tenant",)
    event = Event.LINK_MAILED

    def needless(self, email: QueuedEmail, target: ReconnectLink) -> str:
        if not target.is_open:
            return "The link is over."
        known = reconnect_link(target).token_hash == target.token_hash
        return "" if known else "Its link cannot be made any more. Send a new one."

    def addresses(self, email: QueuedEmail, target: ReconnectLink) -> list[str]:
        return [target.connection.email]

    def content(self, email: QueuedEmail, targets: list[ReconnectLink]) -> Content:
        (link,) = targets
        connection = link.connection
        said = {
            "tenant": connection.tenant.name,
            "reason": connection.get_reason_display() or "it was withdrawn",
            "until": link.expires_at,
        }
        return Content(said, reconnect_link(link).path, connection.tenant.reply_to)

    def recorded(self, target: ReconnectLink) -> GoogleConnection:
        return target.connection


@transaction.atomic
def mail_link(connection: GoogleConnection, actor: Actor) -> None:
    """Have a new link mailed to the Google account's own address.

    Raises:
        TooManyEmails: nothing is sent, and no link made.
        AddressUnconfirmed: nobody has confirmed that the address is this account's.
    """
    if not connection.email_verified:
        raise AddressUnconfirmed
    count_email(Caused.RECONNECT_LINKS, actor, connection.tenant_id, connection.email)
    queue([ReconnectLinkEmail.about(make_link(connection, actor).row)])


def last_link_email(connection: GoogleConnection) -> QueuedEmail | None:
    """The e-mail with the newest link for `connection`, if that was not passed on by hand."""
    link = connection.links.first()
    return latest(ReconnectLinkEmail, [link.pk]).get(str(link.pk)) if link else None
