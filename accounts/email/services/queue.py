"""Queues e-mails, and sends them: leased by one worker, tried again, dropped when needless.

A worker that dies before it has sent an e-mail gives it back by its lease. One that
dies after sending, but before it could write that down, makes the e-mail be sent
again under the same Message-ID, by which mail programs show it once.
"""

import random
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.audit.events import Event
from accounts.audit.recording import Actor, record
from accounts.email.models import QueuedEmail
from accounts.email.services.delivery import attempted, deliver
from accounts.email.services.kinds import KINDS, EmailKind
from accounts.email.unscoped import DueEmail, due_emails
from accounts.leases.retry import next_try
from accounts.tenancy.scope import current_tenant

# What is told in one e-mail, at the most.
_TOGETHER = 200
_GIVEN_UP = "It could not be sent, however often it was tried."


def queue(emails: Iterable[QueuedEmail], due_at: datetime | None = None) -> None:
    """Write `emails` down, in the transaction of what they tell of. Sent soon, or at `due_at`.

    Of an occasion that was told of already nobody is told again, and never does that keep it
    from being written down. The constraints see to it, also where two do so at once.
    """
    due_at, rows = due_at or timezone.now(), list(emails)
    for row in rows:
        row.due_at = due_at
    QueuedEmail._base_manager.bulk_create(rows, ignore_conflicts=True)


def latest(kind: type[EmailKind[Any]], targets: Iterable[UUID]) -> dict[str, QueuedEmail]:
    """The newest e-mail of `kind` about each of `targets`, by its id; of the tenant in scope."""
    about = [str(target) for target in targets]
    rows = QueuedEmail.objects.filter(kind=kind.name, target_id__in=about)
    return {row.target_id: row for row in rows.order_by("created_at")}


def due(now: datetime, limit: int, *, of_tenants: bool) -> list[DueEmail]:
    """What is to be sent now, one for each message, each tenant in its turn.

    Those of tenants only if they may be sent at all.
    """
    leaving = [name for name, kind in KINDS.items() if kind.while_leaving]
    messages: dict[object, DueEmail] = {}
    for row in due_emails(now, limit, leaving, of_tenants=of_tenants):
        kind = KINDS.get(row.kind)
        group = (row.tenant_id, row.kind, row.recipient_id)
        messages.setdefault(group if kind and kind.together else row.pk, row)
    return list(messages.values())


def send(pk: UUID) -> None:
    """Send an e-mail that is due, with those that go along, unless nobody needs it any more.

    With its tenant in scope, or none if it has none. Outside of any transaction.
    """
    email = _in_scope().filter(pk=pk, due_at__lte=timezone.now()).first()
    if email is None:
        return
    kind = KINDS.get(email.kind)
    emails = _leased(email, kind)
    if kind is None:
        for email in emails:
            _settle(email, dropped_because="The portal knows no such kind of e-mail.")
    elif emails:
        _Sending(kind, emails).run()


class _Sending:
    """One message on its way: the e-mails that it tells, and what each of them tells of."""

    def __init__(self, kind: EmailKind[Any], emails: list[QueuedEmail]) -> None:
        self.kind = kind
        self.left = emails
        self.targets: dict[str, Any] = {}

    def run(self) -> None:
        # What cannot be noted as sent would otherwise go out every time that its lease ends.
        problem = deliver(self._write) or attempted(self._note_sent)
        for email in self.left if problem else ():
            _set_back(email, self.kind, problem)

    def _write(self) -> EmailMultiAlternatives | None:
        self.targets = self.kind.targets(self.left)
        newest = {email.target_id: email for email in self.left}
        for email in list(self.left):
            needless = self._needless(email, newest[email.target_id])
            if needless:
                _settle(email, dropped_because=needless)
                self.left.remove(email)
        if not self.left:
            return None
        return self.kind.write(self.left, [self.targets[email.target_id] for email in self.left])

    def _needless(self, email: QueuedEmail, newest: QueuedEmail) -> str:
        target = self.targets.get(email.target_id)
        if target is None:
            return "What it tells of is gone."
        if email is not newest:
            return "It is told of in a newer e-mail."
        return self.kind.needless(email, target)

    @transaction.atomic
    def _note_sent(self) -> None:
        now = timezone.now()
        for email in self.left:
            data = _without(email.data, self.kind.private)
            if _settle(email, sent_at=now, problem="", data=data):
                self.kind.sent(email, self.targets[email.target_id])


def is_over(kind: type[EmailKind[Any]], target_id: object = "") -> None:
    """Tell nobody any more, in the transaction in which what was to be told ends."""
    waiting = QueuedEmail._base_manager.filter(target_id=str(target_id), kind=kind.name)
    waiting.filter(due_at__isnull=False).update(due_at=None, dropped_because="It is over.")


@transaction.atomic
def send_again(email: QueuedEmail, actor: Actor) -> bool:
    """Ask the mail server again soon, also when it was given up. Returns whether it is unsent."""
    unsent = QueuedEmail._base_manager.filter(pk=email.pk, sent_at=None)
    if not unsent.update(due_at=timezone.now(), tries=0, dropped_because=""):
        return False
    record(Event.MAIL_ASKED_FOR, actor, target=email)
    return True


def _in_scope() -> QuerySet[QueuedEmail]:
    rows = QueuedEmail.of_portal() if current_tenant() is None else QueuedEmail.objects.all()
    return rows.select_related("recipient", "tenant")


def _leased(email: QueuedEmail, kind: EmailKind[Any] | None) -> list[QueuedEmail]:
    """The e-mails that one message tells, now the caller's for a while."""
    rows, now = _in_scope().filter(pk=email.pk), timezone.now()
    with transaction.atomic():
        if kind is not None and kind.together:
            rows = _in_scope().filter(kind=email.kind, recipient=email.recipient_id)
            _hurry(rows, now)
        due = rows.filter(due_at__lte=now).order_by("created_at", "pk")
        # SQLite, which has no row locks, lets in one writing transaction at a time.
        free = due.select_for_update(of=("self",), skip_locked=True)
        mine = list(free.values_list("pk", flat=True)[:_TOGETHER])
        taken = QueuedEmail._base_manager.filter(pk__in=mine)
        taken.update(fencing_token=F("fencing_token") + 1, due_at=now + QueuedEmail.LEASE)
    return list(rows.filter(pk__in=mine).order_by("created_at", "pk"))


def _hurry(rows: QuerySet[QueuedEmail], now: datetime) -> None:
    """Those that wait only for company go with the one that is due; not what a worker has."""
    waiting = rows.filter(due_at__gt=now, fencing_token=0).values("pk")
    QueuedEmail._base_manager.filter(pk__in=waiting).update(due_at=now)


def _set_back(email: QueuedEmail, kind: EmailKind[Any], problem: str) -> None:
    tries, now = email.tries + 1, timezone.now()
    until = next_try(kind.retry, tries=tries, now=now, retry_after=None, rand=random.random)
    changes: dict[str, Any] = {"due_at": until, "tries": tries, "problem": problem}
    if until is None:
        changes["dropped_because"] = _GIVEN_UP
        if not kind.keeps_unsent:
            changes["data"] = _without(email.data, kind.private)
    _settle(email, **changes)


def _without(data: dict[str, Any], private: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in private}


def _settle(email: QueuedEmail, **changes: Any) -> bool:
    """Write what became of it, while the lease is still ours."""
    ours = QueuedEmail._base_manager.filter(pk=email.pk, fencing_token=email.fencing_token)
    return bool(ours.update(**{"due_at": None, **changes}))
