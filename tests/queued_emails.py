"""What workers do about e-mails that are queued."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.test import override_settings
from django.utils import timezone

from accounts.email.models import QueuedEmail
from accounts.email.services.kinds import EmailKind
from accounts.tenancy.scope import across_tenants
from portal.operations.tasks import send_emails

Outbox = list[EmailMultiAlternatives]


def deliver(hours: float = 0.05) -> None:
    """Let the clock and the workers do what they would do about e-mails so much later."""
    eager = override_settings(CELERY_TASK_ALWAYS_EAGER=True)
    with eager, time_machine.travel(timezone.now() + timedelta(hours=hours)):
        send_emails()


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A mail server that takes nothing."""

    def refuse(message: EmailMultiAlternatives, *, fail_silently: bool = False) -> None:
        if fail_silently:
            return
        raise SMTPRecipientsRefused(dict.fromkeys(message.to, (451, b"try later")))

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", refuse)
        yield


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker that is killed while the mail server answers: it has taken the e-mail."""
    real = EmailMultiAlternatives.send

    def die(message: EmailMultiAlternatives, *_: object) -> None:
        real(message)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(EmailMultiAlternatives, "send", die)
        yield


def rows(*kinds: type[EmailKind[Any]]) -> list[QueuedEmail]:
    """All that stand in the queue, or those of some kinds, oldest first."""
    with across_tenants():
        found = QueuedEmail.objects.select_related("recipient", "tenant").order_by("created_at")
        if kinds:
            found = found.filter(kind__in=[kind.name for kind in kinds])
        return list(found)


def ids(outbox: Outbox) -> set[str]:
    """By which mail programs tell the messages apart."""
    return {str(message.extra_headers["Message-ID"]) for message in outbox}
