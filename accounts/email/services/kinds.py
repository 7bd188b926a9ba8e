"""Kinds of e-mail: what each says, to whom, and until when somebody needs it.

Each is one class in its subject, registered by `@email_kind` under its name, which is stored with
every e-mail of it and is the name of its template, `templates/email/<name>.txt`. Apps import
theirs when they are ready.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models

from accounts.audit.recording import by_worker, record
from accounts.email.models import QueuedEmail
from accounts.email.services.rendering import Extras, Stop, written
from accounts.email.types import SENT_AT_ONCE, EmailType, Topic
from accounts.leases.retry import NEWS, RetryPolicy

TargetT = TypeVar("TargetT", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Content:
    """What fills a template: words, the path of its one button, where answers go, a file."""

    said: Mapping[str, object]
    path: str = ""
    reply_to: str = ""
    attached: tuple[str, str, str] | None = None


class EmailKind(Generic[TargetT]):
    """One kind of e-mail. `TargetT` is the model of the rows that it tells of."""

    name: ClassVar[str]
    # What staff call it.
    words: ClassVar[str]
    topic: ClassVar[Topic]
    model: ClassVar[type[models.Model]]
    # What is recorded when it went out.
    event: ClassVar[str] = ""
    # What is read along with its rows.
    related: ClassVar[tuple[str, ...]] = ()
    # How long a mail server that refuses it is asked again.
    retry: ClassVar[RetryPolicy] = NEWS
    # Whether it goes out although the deletion of its organisation is asked for.
    while_leaving: ClassVar[bool] = False
    # Whether what one person is to be told of goes into one e-mail.
    together: ClassVar[bool] = False
    # Entries of `data` that are forgotten once it was sent.
    private: ClassVar[frozenset[str]] = frozenset()
    # Whether they are kept when it was given up, so that staff can have it sent after all.
    keeps_unsent: ClassVar[bool] = True

    @classmethod
    def about(
        cls, target: models.Model, to: UUID | None = None, *, occasion: object = "", **data: object
    ) -> QueuedEmail:
        """An e-mail of this kind that tells of `target`, to be queued; of the target's tenant."""
        return QueuedEmail(
            kind=cls.name,
            tenant_id=getattr(target, "tenant_id", None),
            recipient_id=to,
            target_id=str(target.pk),
            occasion=str(occasion),
            data=data,
        )

    def targets(self, emails: Sequence[QueuedEmail]) -> dict[str, TargetT]:
        """The rows that `emails` tell of, by `target_id`, as far as they are still there."""
        rows = self.model._default_manager.select_related(*self.related)
        found = rows.in_bulk([email.target_id for email in emails])
        return {str(pk): cast(TargetT, row) for pk, row in found.items()}

    def needless(self, email: QueuedEmail, target: TargetT) -> str:
        """Why nobody needs it any more; empty when somebody does."""
        return ""

    def addresses(self, email: QueuedEmail, target: TargetT) -> list[str]:
        """To whom it goes."""
        raise NotImplementedError

    def content(self, email: QueuedEmail, targets: list[TargetT]) -> Content:
        """What it says of `targets`, which are several only where the kind goes `together`."""
        raise NotImplementedError

    def stop(self, email: QueuedEmail) -> Stop | None:
        """How its recipient stops such e-mails, where they may."""
        return None

    def sent(self, email: QueuedEmail, target: TargetT) -> None:
        """Record, in the transaction that notes it, that it went out."""
        if not self.event:
            return
        told = {"to": email.recipient.email} if email.recipient else {}
        about, tenant_id = self.recorded(target), email.tenant_id
        record(self.event, by_worker(), target=about, tenant_id=tenant_id, about=self.name, **told)

    def recorded(self, target: TargetT) -> models.Model:
        """What the record of it is about."""
        return target

    def write(
        self, emails: Sequence[QueuedEmail], targets: Sequence[TargetT]
    ) -> EmailMultiAlternatives:
        """The message that tells of all `targets`; each belongs to the e-mail at its place."""
        first = emails[0]
        content = self.content(first, list(targets))
        message = written(
            self.name,
            self.addresses(first, targets[0]),
            link=f"{settings.BASE_URL}{content.path}" if content.path else "",
            extras=Extras(content.reply_to, message_id(emails), self.stop(first)),
            **content.said,
        )
        if content.attached:
            message.attach(*content.attached)
        return message


KINDS: dict[str, EmailKind[Any]] = {}
KindT = TypeVar("KindT", bound=EmailKind[Any])


def email_kind(kind: type[KindT]) -> type[KindT]:
    """Register a kind of e-mail under its name."""
    KINDS[kind.name] = kind()
    return kind


def every_type() -> dict[str, EmailType]:
    """Whatever the portal sends, by the name of its template: kinds, and what is sent at once."""
    queued = {name: EmailType(kind.words, kind.topic) for name, kind in KINDS.items()}
    return queued | SENT_AT_ONCE


def message_id(emails: Sequence[QueuedEmail]) -> dict[str, str]:
    """The header that makes an e-mail that is sent once more the same e-mail."""
    host, first = urlsplit(settings.BASE_URL).hostname, emails[0]
    known = first.pk
    if len(emails) > 1:
        known = uuid.uuid5(known, " ".join(str(email.pk) for email in emails))
    return {"Message-ID": f"<{first.kind}-{known}@{host}>"}
