"""Which mails a person wants: chosen on their page, or stopped by the link in a mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.email.services.rendering import Stop, plain
from accounts.email.types import REFUSABLE, TOPICS, Topic
from accounts.members.models.membership import Membership
from accounts.tenancy.models import Tenant
from accounts.users.models import User

_SIGNER = signing.Signer(salt="accounts.email.types.stop")


class NotAStopLink(Exception):
    """It was not made here, or what it speaks of is no more."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What the link in a mail may stop: one topic, from one organisation, for one person."""

    membership: Membership
    topic: Topic


def stop_for(user: User, tenant: Tenant, topic: Topic) -> Stop:
    """How `user` stops `tenant`'s mails about `topic`: by a link, without signing in."""
    token = _SIGNER.sign_object([user.pk.hex, tenant.pk.hex, topic.value])
    path = reverse("mails-stop", args=[token])
    words = f"Stop mails from {plain(tenant.name)} about: {TOPICS[topic].words.lower()}"
    return Stop(words, f"{settings.BASE_URL}{path}")


def read_stop(token: str) -> Stopped:
    """What a link stops.

    Raises:
        NotAStopLink: it is forged, or the person belongs to the organisation no more.
    """
    try:
        user, tenant, topic = _SIGNER.unsign_object(token)
    except signing.BadSignature as error:
        raise NotAStopLink from error
    rows = Membership.objects.select_related("user", "tenant")
    found = rows.filter(user=UUID(user), tenant=UUID(tenant), tenant__erased_at=None).first()
    if found is None or topic not in REFUSABLE:
        raise NotAStopLink
    return Stopped(found, Topic(topic))


def stop(stopped: Stopped, actor: Actor) -> bool:
    """Send no more such mails. Returns whether that is news."""
    return _change(stopped, actor, wanted=False)


def resume(stopped: Stopped, actor: Actor) -> bool:
    """Send such mails again. Returns whether that is news."""
    return _change(stopped, actor, wanted=True)


@transaction.atomic
def _change(stopped: Stopped, actor: Actor, *, wanted: bool) -> bool:
    row = Membership.objects.select_for_update().get(pk=stopped.membership.pk)
    kept = set(row.unwanted_mails) - {stopped.topic}
    unwanted = kept if wanted else kept | {stopped.topic}
    return _choose(stopped.membership, unwanted, actor)


@transaction.atomic
def choose(of: User | Membership, wanted: Iterable[Topic], actor: Actor) -> bool:
    """Keep which mails a person wants: from every organisation, or from that of a membership.

    Returns whether anything changed.
    """
    _row(of).select_for_update().get()
    return _choose(of, set(REFUSABLE) - set(wanted), actor)


def _choose(of: User | Membership, unwanted: Iterable[str], actor: Actor) -> bool:
    after = sorted(unwanted)
    before = _row(of).values_list("unwanted_mails", flat=True).get()
    if sorted(before) == after:
        return False
    _row(of).update(unwanted_mails=after)
    of.unwanted_mails = after
    user, place = (of, "every organisation") if isinstance(of, User) else (of.user, of.tenant.slug)
    said: dict[str, Any] = {"before": ", ".join(before), "after": ", ".join(after)}
    record(Event.MAILS_CHOSEN, actor, target=user, unwanted_from=place, **said)
    return True


def _row(of: User | Membership) -> QuerySet[User] | QuerySet[Membership]:
    rows = User.objects if isinstance(of, User) else Membership.objects
    return rows.filter(pk=of.pk)
