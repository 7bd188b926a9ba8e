"""E-mails about requests that stopped: once for each time, to who may go on with them.

Written with what they tell of and sent a little later, so that of all the requests that one
outage of Google ends one e-mail tells, and of one that somebody has restarted at once none.
"""

from datetime import datetime, timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import Content, email_kind
from accounts.email.services.queue import queue
from accounts.email.types import Topic
from accounts.members.models.membership import Membership
from accounts.members.roles import Power, Role
from accounts.members.services.member_email import MemberEmail
from accounts.users.models import User
from provisioning.events import Event
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import UNFINISHED, Status
from provisioning.requests.unfinished import days_of_notice, ends_at

_TOGETHER = timedelta(minutes=5)
# An outage ends requests over many minutes: who was just told is not told again for each.
_APART = timedelta(hours=1)
_NAMED = 10


class _RequestEmail(MemberEmail[ProvisioningRequest]):
    """Its `occasion` is the moment at which it came about."""

    topic, model, related = Topic.REQUESTS, ProvisioningRequest, ("tenant",)
    event = Event.REQUEST_MAILED
    together = True
    # What the list is filtered by that shows all of them.
    listed: str

    def content(self, email: QueuedEmail, targets: list[ProvisioningRequest]) -> Content:
        one, tenant = targets[0], email.whose
        said = {
            "tenant": tenant.name,
            "account": one.title,
            "problem": one.problem,
            "ends_at": _end_of(one, email),
            "count": len(targets),
            "named": [request.title for request in targets[:_NAMED]],
            "others": max(0, len(targets) - _NAMED),
        }
        listed = f"{reverse('requests', args=[tenant.slug])}?status={self.listed}"
        return Content(said, one.get_absolute_url() if len(targets) == 1 else listed)


@email_kind
class RequestFailed(_RequestEmail):
    """That it goes on only when somebody has it tried again."""

    name, words = "request_failed", "The portal gave up on a request"
    listed = Status.FAILED.value

    def over(self, email: QueuedEmail, target: ProvisioningRequest) -> str:
        return "" if target.status == Status.FAILED else "It has gone on since."


@email_kind
class RequestEnding(_RequestEmail):
    """That it will be cancelled, because nobody has finished it."""

    name, words = "request_ending", "An unfinished request is about to be cancelled"
    listed = "person"

    def over(self, email: QueuedEmail, target: ProvisioningRequest) -> str:
        left = target.status in UNFINISHED and email.occasion == target.updated_at.isoformat()
        return "" if left else "Somebody has gone on with it."


def _end_of(request: ProvisioningRequest, email: QueuedEmail) -> datetime | None:
    """When the request is cancelled, which is never before the days of notice have passed."""
    ends, told = ends_at(request), email.due_at or request.updated_at
    return max(ends, told + timedelta(days=days_of_notice())) if ends else None


def tell_of_failure(request: ProvisioningRequest) -> None:
    """Note, in the transaction in which the portal gives up on `request`, who has to be told."""
    _note(request, RequestFailed, timezone.now() + _TOGETHER)


def warn_of_ending(request: ProvisioningRequest) -> None:
    """Note who has to be told that `request` will be cancelled because it was never finished."""
    _note(request, RequestEnding, timezone.now())


def _note(request: ProvisioningRequest, kind: type[_RequestEmail], due_at: datetime) -> None:
    people = responsible(request)
    told = QueuedEmail.objects.filter(recipient__in=people, kind=kind.name, sent_at__isnull=False)
    last = dict(told.order_by().values_list("recipient").annotate(Max("sent_at")))
    for user in people:
        email = kind.about(request, user.pk, occasion=request.updated_at.isoformat())
        queue([email], max(due_at, last[user.pk] + _APART) if user.pk in last else due_at)


def responsible(request: ProvisioningRequest) -> list[User]:
    """Who asked for the account, if they may still act for it; else the owners."""
    active = Membership.objects.filter(tenant=request.tenant_id, user__is_active=True)
    members = list(active.select_related("user"))
    asked = [one for one in members if one.user_id == request.created_by_id]
    if asked and asked[0].may(Power.REQUEST_MANAGE):
        return [asked[0].user]
    return [one.user for one in members if one.role == Role.OWNER]
