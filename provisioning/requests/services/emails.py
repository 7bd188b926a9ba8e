"""Mails about requests that stopped: once for each time, to who may go on with them.

Written with what they tell of and sent a little later, so that of all the requests that one
outage of Google ends one mail tells, and of one that somebody has restarted at once none.
"""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import by_worker, record
from accounts.email.services.queue import drop, leased, message_id, send
from accounts.email.services.rendering import Extras, written
from accounts.members.services.email_preferences import stop_for
from accounts.members.services.recipients import unwelcome
from provisioning.events import Event
from provisioning.requests.models.mail import RequestMail, RequestNews
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.ticket_emails import responsible
from provisioning.requests.states import UNFINISHED, Status
from provisioning.requests.unfinished import days_of_notice, ends_at

_TOGETHER = timedelta(minutes=5)
# An outage ends requests over many minutes: who was just told is not told again for each.
_APART = timedelta(hours=1)
_NAMED = 10


def tell_of_failure(request: ProvisioningRequest) -> None:
    """Note, in the transaction in which the portal gives up on `request`, who has to be told."""
    _note(request, RequestNews.FAILED, timezone.now() + _TOGETHER)


def warn_of_ending(request: ProvisioningRequest) -> None:
    """Note who has to be told that `request` will be cancelled because it was never finished."""
    _note(request, RequestNews.ENDING, timezone.now())


def _note(request: ProvisioningRequest, news: RequestNews, due_at: datetime) -> None:
    people = responsible(request)
    told = RequestMail.objects.filter(recipient__in=people, news=news, sent_at__isnull=False)
    last = dict(told.values_list("recipient").annotate(Max("sent_at")))
    mails = [
        RequestMail(
            tenant_id=request.tenant_id,
            request=request,
            recipient=user,
            news=news,
            moment=request.updated_at,
            due_at=max(due_at, last[user.pk] + _APART) if user.pk in last else due_at,
        )
        for user in people
    ]
    RequestMail.objects.bulk_create(mails, ignore_conflicts=True)


def send_request_mails(recipient_id: UUID) -> None:
    """Tell a person, in one mail for each kind of news, of everything that still needs them."""
    for news in RequestNews:
        rows = RequestMail.objects.select_related("recipient", "tenant", "request__tenant")
        mine = rows.filter(recipient=recipient_id, news=news)
        if mine.filter(due_at__lte=timezone.now()).exists():
            _hurry(mine)
            _send(leased(mine))


def _hurry(mails: QuerySet[RequestMail]) -> None:
    """Those that wait only for company go with the one that is due; not what a worker has."""
    now = timezone.now()
    waiting = mails.filter(due_at__gt=now, fencing_token=0).values("pk")
    RequestMail.objects.filter(pk__in=waiting).update(due_at=now)


def _send(mine: list[RequestMail]) -> None:
    needed, newest = [], {mail.request_id: mail for mail in mine}
    for mail in mine:
        needless = _needless(mail, newest) or unwelcome(mail, mail.TOPIC)
        if needless:
            drop(mail, needless)
        else:
            needed.append(mail)
    if needed:
        send(needed, partial(request_email, needed), _sent)


def _needless(mail: RequestMail, newest: dict[UUID, RequestMail]) -> str:
    request = mail.request
    if mail.news == RequestNews.FAILED and request.status != Status.FAILED:
        return "It has gone on since."
    if mail.news == RequestNews.ENDING and (
        request.status not in UNFINISHED or request.updated_at != mail.moment
    ):
        return "Somebody has gone on with it."
    return "" if newest[mail.request_id] == mail else "It is told of in a newer mail."


def _sent(mail: RequestMail) -> None:
    told = mail.recipient.email
    record(Event.REQUEST_MAILED, by_worker(), target=mail.request, to=told, about=mail.news)


def request_email(mails: list[RequestMail]) -> EmailMultiAlternatives:
    """What a person reads of requests that stopped, all of one tenant and for one reason."""
    first, requests = mails[0], [mail.request for mail in mails]
    one, tenant = requests[0], first.tenant
    path = one.get_absolute_url() if len(requests) == 1 else _list_of(mails)
    return written(
        str(first.news),
        first.recipient.email,
        link=f"{settings.BASE_URL}{path}",
        extras=Extras(
            headers=message_id("requests", mails),
            stop=stop_for(first.recipient, tenant, first.TOPIC),
        ),
        tenant=tenant.name,
        account=one.title,
        problem=one.problem,
        ends_at=_end_of(first),
        count=len(requests),
        named=[request.title for request in requests[:_NAMED]],
        others=max(0, len(requests) - _NAMED),
    )


def _end_of(mail: RequestMail) -> datetime | None:
    """When the request is cancelled, which is never before the days of notice have passed."""
    ends, told = ends_at(mail.request), mail.due_at or mail.moment
    return max(ends, told + timedelta(days=days_of_notice())) if ends else None


def _list_of(mails: list[RequestMail]) -> str:
    first = mails[0]
    listed = Status.FAILED.value if first.news == RequestNews.FAILED else "person"
    return f"{reverse('requests', args=[first.tenant.slug])}?status={listed}"
