"""Mails to staff: written with what they tell of, kept until a mail server takes them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.email.tasks import forget_emails
from accounts.tenancy.scope import across_tenants
from tests.queued_emails import Outbox, deliver, ids, killed, refusing
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import client_refused, portal_client, resume_client
from tokens.encryption.services.restore_hold import begin_restore_hold
from tokens.google.errors import ErrorKind, GoogleError, Trouble

pytestmark = pytest.mark.django_db
STAFF = ["staff@portal.example", "nights@portal.example"]
REFUSED = GoogleError(Trouble(ErrorKind.CLIENT_REFUSED, code="deleted_client"))


@pytest.fixture(autouse=True)
def _somebody_is_told(settings: Any) -> None:
    settings.ADMINS = [("Staff", address) for address in STAFF]


def refused() -> OAuthClient:
    client = portal_client()
    client_refused(client, REFUSED, timezone.now())
    return OAuthClient._base_manager.get(pk=client.pk)


def waits() -> bool:
    return QueuedEmail.of_portal().filter(due_at__isnull=False).exists()


def test_a_pause_and_its_mail_are_written_together_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError

    client = portal_client()
    with monkeypatch.context() as patched:
        patched.setattr("tokens.clients.services.clients.tell_staff_of", fail)
        with pytest.raises(OSError):  # noqa: PT011  # whatever it says
            client_refused(client, REFUSED, timezone.now())
    client.refresh_from_db()
    assert client.paused_at is None
    assert not QueuedEmail.of_portal().exists()


def test_a_mail_server_that_refuses_for_two_days_loses_nothing(
    mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused()
    with refusing(monkeypatch):
        for hours in range(1, 49):
            deliver(hours)
    row = QueuedEmail.of_portal().get()
    assert row.tries > 10
    assert "try later" in row.problem
    deliver(52)
    assert [letter.to for letter in mailoutbox] == [STAFF]
    with across_tenants():
        assert AuditEvent.objects.filter(tag="accounts:staff:told", tenant=None).count() == 1


def test_one_sent_again_after_its_worker_was_killed_is_the_same_message(
    mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused()
    with killed(monkeypatch):
        deliver()
    assert len(mailoutbox) == 1
    deliver(0.2)
    assert len(mailoutbox) == 2
    assert len(ids(mailoutbox)) == 1
    deliver(9)
    assert len(mailoutbox) == 2


def test_what_is_over_before_the_mail_left_is_not_told(mailoutbox: Outbox, settings: Any) -> None:
    resume_client(refused(), by_worker())
    deliver()
    assert mailoutbox == []
    assert QueuedEmail.of_portal().get().dropped_because == "It is over."
    refused()
    deliver(0.2)
    assert len(mailoutbox) == 1


def test_one_that_waits_is_enough(mailoutbox: Outbox, settings: Any) -> None:
    client = refused()
    OAuthClient._base_manager.filter(pk=client.pk).update(paused_at=None)
    refused()
    deliver()
    assert len(mailoutbox) == 1


def test_they_are_sent_in_a_quarantine_too(mailoutbox: Outbox, settings: Any) -> None:
    begin_restore_hold("a backup was restored", by_worker())
    refused()
    deliver()
    assert len(mailoutbox) == 1


def test_without_staff_nobody_is_told_and_nothing_waits(mailoutbox: Outbox, settings: Any) -> None:
    settings.ADMINS = []
    refused()
    deliver()
    assert mailoutbox == []
    assert not waits()
    assert QueuedEmail.of_portal().get().dropped_because == "Nobody is in STAFF_EMAILS."


def test_they_are_forgotten_as_others_are(settings: Any) -> None:
    settings.MAIL_RETENTION_DAYS = 90
    refused()
    long_ago = timezone.now() - timedelta(days=91)
    QueuedEmail.of_portal().update(created_at=long_ago)
    forget_emails()
    assert waits()
    QueuedEmail.of_portal().update(due_at=None)
    forget_emails()
    assert not QueuedEmail.of_portal().exists()
