"""Whoever may go on with a request that stopped hears of it: once, together, if they want to."""

from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.email.types import Topic
from accounts.members.models.membership import Membership
from accounts.members.services.email_preferences import choose
from accounts.tenancy.scope import across_tenants
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests import queued_emails
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import fresh, given_up, new_request, work
from tests.scripting import script, stop_scripting
from tokens.connections.models.connection import GoogleConnection

Outbox = list[EmailMultiAlternatives]
NAMES = ("Bluebird Bakery", "Swift Shoes", "Robin Books")


def deliver(minutes: float = 6) -> None:
    """What the clock and the workers do about e-mails so much later."""
    queued_emails.deliver(minutes / 60)


@pytest.fixture
def refused(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> list[ProvisioningRequest]:
    """Three requests that the portal gave up on, one minute after the other."""
    script(google, "service-disabled")
    requests = []
    for minute, name in enumerate(NAMES):
        with time_machine.travel(timezone.now() + timedelta(minutes=minute)):
            requests.append(new_request(owner_browser, connection, account_name=name))
            work()
    stop_scripting(google)
    return [fresh(one.pk) for one in requests]


def restart(browser: Client, requests: list[ProvisioningRequest]) -> None:
    """Press "Try again" on each, just after the last of them failed."""
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        for one in requests:
            browser.post(f"{one.get_absolute_url()}again/")


def test_of_what_fails_together_one_mail_tells(
    refused: list[ProvisioningRequest], cast: Cast, mailoutbox: Outbox
) -> None:
    assert {one.status for one in refused} == {Status.FAILED}
    deliver(minutes=4)
    assert mailoutbox == []
    for _ in range(3):
        deliver(minutes=6)
    (letter,) = mailoutbox
    assert letter.to == [cast.owner.email]
    assert letter.subject == "Acme Agency: 3 requests need you"
    assert all(name in str(letter.body) for name in NAMES)
    assert "/requests/?status=failed" in str(letter.body)


def test_of_a_single_one_the_mail_says_why_and_leads_to_it(
    refused: list[ProvisioningRequest], owner_browser: Client, mailoutbox: Outbox
) -> None:
    first, *others = refused
    restart(owner_browser, others)
    deliver()
    (letter,) = mailoutbox
    assert letter.subject == "Acme Agency: Bluebird Bakery needs you"
    assert first.problem.split(".")[0] in str(letter.body)
    assert f"http://testserver{first.get_absolute_url()}" in str(letter.body)


def test_what_was_restarted_at_once_is_not_written_about(
    refused: list[ProvisioningRequest], owner_browser: Client, mailoutbox: Outbox
) -> None:
    restart(owner_browser, refused)
    deliver()
    assert mailoutbox == []


def test_a_long_outage_is_told_of_once_an_hour_and_not_for_each_request(
    refused: list[ProvisioningRequest],
    owner_browser: Client,
    google: EmulatorThread,
    connection: GoogleConnection,
    mailoutbox: Outbox,
) -> None:
    deliver()
    script(google, "service-disabled")
    with time_machine.travel(timezone.now() + timedelta(minutes=7)):
        later = new_request(owner_browser, connection, account_name="Late Larks")
        work()
    deliver(minutes=20)
    assert len(mailoutbox) == 1
    deliver(minutes=70)
    assert [str(one.subject) for one in mailoutbox[1:]] == ["Acme Agency: Late Larks needs you"]
    assert later.account_name == "Late Larks"


@pytest.mark.slow
def test_who_fails_again_is_told_again(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection, mailoutbox: Outbox
) -> None:
    request = new_request(owner_browser, connection)
    given_up(request, google, "ticket-503")
    deliver(minutes=60 * 24 * 10)
    with time_machine.travel(timezone.now() + timedelta(days=10)):
        owner_browser.post(f"{request.get_absolute_url()}again/")
        given_up(request, google, "ticket-503")
    deliver(minutes=60 * 24 * 20)
    assert len(mailoutbox) == 2


def test_who_wants_no_such_mails_gets_none(
    refused: list[ProvisioningRequest], cast: Cast, mailoutbox: Outbox
) -> None:
    wanted = set(Topic) - {Topic.REQUESTS}
    choose(Membership.objects.get(user=cast.owner), wanted, by_worker())
    deliver()
    assert mailoutbox == []
    with across_tenants():
        reasons = set(QueuedEmail.objects.values_list("dropped_because", flat=True))
    assert reasons == {"The person wants no such mails."}


def test_the_mail_has_one_button_and_stops_with_one_click(
    refused: list[ProvisioningRequest], mailoutbox: Outbox
) -> None:
    deliver()
    (letter,) = mailoutbox
    assert str(letter.alternatives[0][0]).count('class="button"') == 1
    stop = str(letter.extra_headers["List-Unsubscribe"]).strip("<>")
    assert Client().post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    member = Membership.objects.get(user__email=letter.to[0])
    assert member.unwanted_mails == [Topic.REQUESTS]
