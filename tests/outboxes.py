"""What workers do about the mails that stand in the outboxes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any, TypeVar

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.email.models import WaitingMail
from accounts.staff.tasks import mail_staff
from accounts.tenancy.scope import across_tenants
from portal.operations.tasks import mail_members
from tokens.connections.tasks import mails_due

MailT = TypeVar("MailT", bound=WaitingMail)
Outbox = list[EmailMultiAlternatives]


def deliver(settings: Any, hours: float = 0.05) -> None:
    """Let the clock and the workers do what they would do about mails at that time."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        mail_members()
        mail_staff()
        mails_due()


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A mail server that takes nothing."""

    def refuse(letter: EmailMultiAlternatives, *, fail_silently: bool = False) -> None:
        if fail_silently:
            return
        raise SMTPRecipientsRefused(dict.fromkeys(letter.to, (451, b"try later")))

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", refuse)
        yield


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker that is killed while the mail server answers: it has taken the mail."""
    real = EmailMultiAlternatives.send

    def die(letter: EmailMultiAlternatives, *_: object) -> None:
        real(letter)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(EmailMultiAlternatives, "send", die)
        yield


def rows(model: type[MailT]) -> list[MailT]:
    """All that stand in an outbox."""
    with across_tenants():
        return list(model._default_manager.order_by("created_at"))


def ids(outbox: Outbox) -> set[str]:
    """By which mail programs tell the letters apart."""
    return {str(letter.extra_headers["Message-ID"]) for letter in outbox}
