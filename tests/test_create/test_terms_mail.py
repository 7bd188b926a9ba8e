"""A new ticket that the portal got by itself needs its person: one mail, one link."""

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.email.services.queue import send
from accounts.members.models.membership import Membership
from accounts.members.services.email_preferences import choose
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.ticket_emails import TermsAgain
from provisioning.requests.states import Status
from tests import queued_emails
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    answer_terms,
    connected,
    fresh,
    leave_for_terms,
    new_request,
    work,
)

Outbox = list[EmailMultiAlternatives]


@pytest.fixture
def retried(owner_browser: Client, cast: Cast, google: EmulatorThread) -> ProvisioningRequest:
    """A request that got a second ticket by itself after Google's backend_error."""
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    answer_terms(owner_browser, request, google, "backend_error")
    due = fresh(request.pk).due_at
    assert due is not None
    with time_machine.travel(due + timedelta(seconds=1)):
        work()
    return fresh(request.pk)


def deliver(hours: float = 0.3) -> None:
    """What the clock and the workers do about e-mails so much later."""
    queued_emails.deliver(hours)


def test_the_person_who_asked_is_told_once(
    retried: ProvisioningRequest, mailoutbox: Outbox, cast: Cast
) -> None:
    for _ in range(3):
        deliver()
    (letter,) = mailoutbox
    assert letter.to == [cast.owner.email]
    assert letter.subject == "Acme Agency: the terms of Bluebird Bakery wait for you"


def test_it_has_one_link_in_text_and_in_html_and_says_why_it_came(
    retried: ProvisioningRequest, mailoutbox: Outbox
) -> None:
    deliver()
    (letter,) = mailoutbox
    html = str(letter.alternatives[0][0])
    address = f"http://testserver{retried.get_absolute_url()}"
    buttons = re.findall(r'class="button" href="([^"]+)"', html)
    assert buttons == [address]
    for body in (str(letter.body), html):
        assert address in body
        assert "because you asked for this account" in " ".join(body.split())


def test_the_home_page_says_so_too_with_one_link(
    owner_browser: Client, retried: ProvisioningRequest
) -> None:
    home = owner_browser.get(retried.tenant.get_absolute_url()).content.decode()
    assert "Google has issued a new ticket" in home
    assert "Open the terms" in home
    assert retried.get_absolute_url() in home


def test_a_person_who_is_there_gets_no_mail(
    owner_browser: Client, cast: Cast, google: EmulatorThread, mailoutbox: Outbox
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    answer_terms(owner_browser, request, google, "cancel")
    owner_browser.post(f"{request.get_absolute_url()}again/")
    work()
    deliver()
    assert fresh(request.pk).status == Status.AWAITING_TERMS
    assert mailoutbox == []


def test_who_has_opened_the_terms_meanwhile_needs_no_mail(
    owner_browser: Client, retried: ProvisioningRequest, mailoutbox: Outbox
) -> None:
    leave_for_terms(owner_browser, retried)
    deliver()
    assert mailoutbox == []


def test_a_ticket_that_is_over_is_not_written_about(
    retried: ProvisioningRequest, mailoutbox: Outbox
) -> None:
    deliver(hours=3)
    assert mailoutbox == []


def test_when_the_person_has_left_the_owners_are_told(
    owner_browser: Client, cast: Cast, google: EmulatorThread, mailoutbox: Outbox
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    ProvisioningRequest._base_manager.update(created_by=cast.viewer)
    work()
    answer_terms(owner_browser, request, google, "backend_error")
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        work()
        deliver()
    assert [letter.to for letter in mailoutbox] == [[cast.owner.email]]


def test_nobody_is_told_who_is_no_member_any_more(
    retried: ProvisioningRequest, cast: Cast, mailoutbox: Outbox
) -> None:
    Membership.objects.filter(user=cast.owner).delete()
    deliver()
    assert mailoutbox == []


def test_who_wants_no_such_mails_gets_none_though_it_was_due_already(
    retried: ProvisioningRequest, cast: Cast, mailoutbox: Outbox
) -> None:
    choose(Membership.objects.get(user=cast.owner), [], by_worker())
    deliver()
    assert mailoutbox == []
    with tenant_scope(retried.tenant):
        assert (
            QueuedEmail.objects.get(kind=TermsAgain.name).dropped_because
            == "The person wants no such mails."
        )


def test_the_mail_s_own_link_stops_the_next_one(
    retried: ProvisioningRequest, mailoutbox: Outbox
) -> None:
    deliver()
    stop = str(mailoutbox[0].extra_headers["List-Unsubscribe"]).strip("<>")
    assert Client().post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    with tenant_scope(retried.tenant):
        QueuedEmail.objects.filter(kind=TermsAgain.name).update(due_at=timezone.now(), sent_at=None)
    deliver()
    assert len(mailoutbox) == 1


def test_a_worker_that_dies_before_sending_leaves_it_to_the_next(
    retried: ProvisioningRequest, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", die)
        with pytest.raises(KeyboardInterrupt):
            deliver()
    deliver()
    assert mailoutbox == []
    deliver(hours=0.4)
    assert len(mailoutbox) == 1


def test_one_sent_again_after_a_crash_is_the_same_message(
    retried: ProvisioningRequest, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(TermsAgain, "sent", die)
        with pytest.raises(KeyboardInterrupt):
            deliver()
    deliver(hours=0.4)
    assert len({letter.extra_headers["Message-ID"] for letter in mailoutbox}) == 1


def test_a_mail_server_that_is_away_is_tried_again(
    retried: ProvisioningRequest, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SMTPServerDisconnected("away")

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", refuse)
        deliver()
    with tenant_scope(retried.tenant):
        row = QueuedEmail.objects.get(kind=TermsAgain.name)
    assert row.tries == 1
    assert "away" in row.problem
    deliver(hours=0.8)
    assert len(mailoutbox) == 1


def test_of_two_workers_one_sends_it(retried: ProvisioningRequest, mailoutbox: Outbox) -> None:
    soon = time_machine.travel(timezone.now() + timedelta(minutes=20))
    with tenant_scope(retried.tenant), soon:
        pk = QueuedEmail.objects.get(kind=TermsAgain.name).pk
        for _ in range(2):
            send(pk)
    assert len(mailoutbox) == 1


def test_sending_is_recorded(retried: ProvisioningRequest) -> None:
    deliver()
    assert AuditEvent._base_manager.filter(tag="provisioning:terms:mailed").count() == 1
