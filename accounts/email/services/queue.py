"""Sends what stands in an outbox: leased by one worker, tried again, dropped when needless.

A worker that dies before it has sent a mail gives it back by its lease. One that
dies after sending, but before it could write that down, makes the mail be sent
again under the same Message-ID, by which mail programs show it once.
"""

import random
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.email.models import WaitingMail
from accounts.email.services.delivery import deliver
from accounts.leases.retry import next_try

MailT = TypeVar("MailT", bound=WaitingMail)
# What is told in one mail, at the most.
_TOGETHER = 200


def leased(rows: QuerySet[MailT]) -> list[MailT]:
    """Those of `rows` that are due and nobody else sends, now the caller's for a while."""
    model, now = rows.model, timezone.now()
    with transaction.atomic():
        due = rows.filter(due_at__lte=now).order_by("created_at", "pk")
        # SQLite, which has no row locks, lets in one writing transaction at a time.
        free = due.select_for_update(skip_locked=True)
        mine = list(free.values_list("pk", flat=True)[:_TOGETHER])
        taken = model._default_manager.filter(pk__in=mine)
        taken.update(fencing_token=F("fencing_token") + 1, due_at=now + model.LEASE)
    return list(rows.filter(pk__in=mine).order_by("created_at", "pk"))


def send(
    mails: Sequence[MailT],
    write: Callable[[], EmailMultiAlternatives],
    sent: Callable[[MailT], object],
) -> None:
    """Send what `write` writes, which tells what all of the leased `mails` say.

    `sent` is called for each that was ours to the end, in the transaction that notes it.
    """
    problem = deliver(write)
    if not problem:
        _note_sent(mails, sent)
    for mail in mails if problem else ():
        _set_back(mail, problem)


@transaction.atomic
def _note_sent(mails: Sequence[MailT], sent: Callable[[MailT], object]) -> None:
    now = timezone.now()
    for mail in mails:
        if _settle(mail, sent_at=now, problem=""):
            sent(mail)


def drop(mail: WaitingMail, because: str) -> None:
    """Do not send it: nobody needs it any more."""
    _settle(mail, dropped_because=because)


@transaction.atomic
def send_again(mail: WaitingMail, actor: Actor) -> bool:
    """Ask the mail server again soon, also when it was given up. Returns whether it is unsent."""
    unsent = type(mail)._default_manager.filter(pk=mail.pk, sent_at=None)
    if not unsent.update(due_at=timezone.now(), tries=0, dropped_because=""):
        return False
    record(Event.MAIL_ASKED_FOR, actor, target=mail)
    return True


def message_id(kind: str, mails: Sequence[WaitingMail]) -> dict[str, str]:
    """The header that makes a mail that is sent once more the same mail."""
    host = urlsplit(settings.BASE_URL).hostname
    first = mails[0].pk
    known = first if len(mails) == 1 else uuid.uuid5(first, " ".join(str(m.pk) for m in mails))
    return {"Message-ID": f"<{kind}-{known}@{host}>"}


def _set_back(mail: WaitingMail, problem: str) -> None:
    tries = mail.tries + 1
    until = _again(mail, tries)
    given_up = "" if until else "It could not be sent, however often it was tried."
    _settle(mail, due_at=until, tries=tries, problem=problem, dropped_because=given_up)


def _again(mail: WaitingMail, tries: int) -> datetime | None:
    now = timezone.now()
    return next_try(mail.PATIENCE, tries=tries, now=now, retry_after=None, rand=random.random)


def _settle(mail: WaitingMail, **changes: Any) -> bool:
    """Write what became of the mail, while the lease is still ours."""
    ours = type(mail)._default_manager.filter(pk=mail.pk, fencing_token=mail.fencing_token)
    return bool(ours.update(**{"due_at": None, **changes}))
