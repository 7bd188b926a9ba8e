"""Mails to staff: written with what they tell of, kept until a mail server takes them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.email.models import StaffMail
from accounts.email.tasks import forget_mails
from accounts.tenancy.scope import across_tenants
from tests.outboxes import Outbox, deliver, ids, killed, refusing
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
    return StaffMail.objects.filter(due_at__isnull=False).exists()


def test_a_pause_and_its_mail_are_written_together_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise OSError

    client = portal_client()
    with monkeypatch.context() as patched:
        patched.setattr("tokens.clients.services.clients.tell_staff", fail)
        with pytest.raises(OSError):  # noqa: PT011  # whatever it says
            client_refused(client, REFUSED, timezone.now())
    client.refresh_from_db()
    assert client.paused_at is None
    assert not StaffMail.objects.exists()


def test_a_mail_server_that_refuses_for_two_days_loses_nothing(
    mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused()
    with refusing(monkeypatch):
        for hours in range(1, 49):
            deliver(settings, hours)
    row = StaffMail.objects.get()
    assert row.tries > 10
    assert "try later" in row.problem
    deliver(settings, 52)
    assert [letter.to for letter in mailoutbox] == [STAFF]
    with across_tenants():
        assert AuditEvent.objects.filter(tag="accounts:staff:told", tenant=None).count() == 1


def test_one_sent_again_after_its_worker_was_killed_is_the_same_message(
    mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused()
    with killed(monkeypatch):
        deliver(settings)
    assert len(mailoutbox) == 1
    deliver(settings, 0.2)
    assert len(mailoutbox) == 2
    assert len(ids(mailoutbox)) == 1
    deliver(settings, 9)
    assert len(mailoutbox) == 2


def test_what_is_over_before_the_mail_left_is_not_told(mailoutbox: Outbox, settings: Any) -> None:
    resume_client(refused(), by_worker())
    deliver(settings)
    assert mailoutbox == []
    assert StaffMail.objects.get().dropped_because == "It is over."
    refused()
    deliver(settings, 0.2)
    assert len(mailoutbox) == 1


def test_one_that_waits_is_enough(mailoutbox: Outbox, settings: Any) -> None:
    client = refused()
    OAuthClient._base_manager.filter(pk=client.pk).update(paused_at=None)
    refused()
    deliver(settings)
    assert len(mailoutbox) == 1


def test_they_are_sent_in_a_quarantine_too(mailoutbox: Outbox, settings: Any) -> None:
    begin_restore_hold("a backup was restored", by_worker())
    refused()
    deliver(settings)
    assert len(mailoutbox) == 1


def test_without_staff_nobody_is_told_and_nothing_waits(mailoutbox: Outbox, settings: Any) -> None:
    settings.ADMINS = []
    refused()
    deliver(settings)
    assert mailoutbox == []
    assert not waits()
    assert StaffMail.objects.get().dropped_because == "Nobody is in STAFF_EMAILS."


def test_they_are_forgotten_as_others_are(settings: Any) -> None:
    settings.MAIL_RETENTION_DAYS = 90
    refused()
    long_ago = timezone.now() - timedelta(days=91)
    StaffMail.objects.update(created_at=long_ago)
    forget_mails()
    assert waits()
    StaffMail.objects.update(due_at=None)
    forget_mails()
    assert not StaffMail.objects.exists()
