"""Mails that a Google account must be connected again: once for each break, to who may do it.

Written with the break itself and sent a little later, so that of a hundred
accounts that break together one mail tells, and of one that somebody has
repaired at once none.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from accounts.audit.events import ActorKind
from accounts.audit.recording import Actor, by_worker, record
from accounts.email.services.queue import drop, leased, message_id, send
from accounts.email.services.rendering import Extras, written
from accounts.members.models.membership import Membership
from accounts.members.roles import POWERS, Power
from accounts.members.services.email_preferences import stop_for
from accounts.members.services.recipients import unwelcome
from accounts.values.email_address import shown
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.mail import ReconnectMail
from tokens.connections.states import ConnectionStatus
from tokens.events import Event

_TOGETHER = timedelta(minutes=1)
_NAMED = 10


def tell_of_breaks(broken: list[GoogleConnection], actor: Actor) -> None:
    """Note, in the transaction that breaks connections of one tenant, who has to be told.

    Not the person who did it themselves: their page has said so. The connections
    are as they are after the break.
    """
    people = Membership.objects.filter(
        tenant=broken[0].tenant_id, role__in=_ROLES, user__is_active=True
    )
    if actor.kind == ActorKind.PERSON:
        people = people.exclude(user=actor.user)
    ids, due_at = list(people.values_list("user", flat=True)), timezone.now() + _TOGETHER
    mails = [
        ReconnectMail(
            tenant_id=row.tenant_id,
            recipient_id=recipient,
            connection=row,
            broken_at_token=row.fencing_token,
            due_at=due_at,
        )
        for row in broken
        for recipient in ids
    ]
    # Whoever was told of this very break is not told again, and never keeps it from being written.
    ReconnectMail.objects.bulk_create(mails, ignore_conflicts=True)


def send_reconnect_mail(recipient_id: UUID) -> None:
    """Tell a person, in one mail, of everything that broke and still needs somebody."""
    rows = ReconnectMail.objects.select_related("recipient", "tenant", "connection")
    mine, needed = leased(rows.filter(recipient=recipient_id)), []
    newest = {mail.connection_id: mail for mail in mine}
    for mail in mine:
        needless = _needless(mail, newest) or unwelcome(mail, mail.TOPIC)
        if needless:
            drop(mail, needless)
        else:
            needed.append(mail)
    if needed:
        send(needed, partial(reconnect_email, needed), _sent)


def _sent(mail: ReconnectMail) -> None:
    told = mail.recipient.email
    record(Event.CONNECTION_BREAK_MAILED, by_worker(), target=mail.connection, to=told)


def _needless(mail: ReconnectMail, newest: dict[UUID, ReconnectMail]) -> str:
    if mail.connection.status != ConnectionStatus.NEEDS_RECONNECT:
        return "It does not need its person any more."
    return "" if newest[mail.connection_id] == mail else "It broke again since."


def reconnect_email(mails: list[ReconnectMail]) -> EmailMultiAlternatives:
    """What a person reads of the Google accounts that broke, all of one tenant."""
    first, broken = mails[0], [mail.connection for mail in mails]
    one, tenant = broken[0], first.tenant
    args = [tenant.slug, one.pk] if len(broken) == 1 else [tenant.slug]
    path = reverse("connection" if len(broken) == 1 else "connections", args=args)
    return written(
        "connection_broken",
        first.recipient.email,
        link=f"{settings.BASE_URL}{path}",
        extras=Extras(
            headers=message_id("reconnect", mails),
            stop=stop_for(first.recipient, tenant, first.TOPIC),
        ),
        tenant=tenant.name,
        google_email=shown(one.email),
        reason=one.get_reason_display(),
        count=len(broken),
        named=[row.email for row in broken[:_NAMED]],
        others=max(0, len(broken) - _NAMED),
    )


_ROLES = [role for role, powers in POWERS.items() if Power.CONNECTION_MANAGE in powers]
