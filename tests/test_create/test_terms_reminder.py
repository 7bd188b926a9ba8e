"""A first ticket that waits is called to mind: once for each request, half its time later."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.services.email_preferences import choose
from provisioning.requests.models.request import ProvisioningRequest
from tests import queued_emails
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, leave_for_terms, work

Outbox = list[EmailMultiAlternatives]


def deliver(minutes: float = 31) -> None:
    """What the clock and the workers do about e-mails so much later."""
    queued_emails.deliver(minutes / 60)


def test_who_asked_is_reminded_while_the_ticket_can_be_used(
    waiting: ProvisioningRequest, cast: Cast, mailoutbox: Outbox
) -> None:
    deliver(minutes=28)
    assert mailoutbox == []
    for _ in range(2):
        deliver()
    (letter,) = mailoutbox
    assert letter.to == [cast.owner.email]
    assert letter.subject == "Acme Agency: the terms of Bluebird Bakery still wait for you"
    assert "Nobody has opened" in str(letter.body)
    assert "If you have accepted already" in str(letter.body)
    assert f"http://testserver{waiting.get_absolute_url()}" in str(letter.body)


def test_so_is_who_opened_the_terms_and_never_came_back(
    waiting: ProvisioningRequest, owner_browser: Client, mailoutbox: Outbox
) -> None:
    leave_for_terms(owner_browser, waiting)
    deliver()
    (letter,) = mailoutbox
    assert "nobody has come back from them" in str(letter.body)


@pytest.mark.parametrize("answer", ["accept", "cancel", "limit", "backend_error"])
def test_who_has_answered_is_not(
    waiting: ProvisioningRequest,
    owner_browser: Client,
    google: EmulatorThread,
    mailoutbox: Outbox,
    answer: str,
) -> None:
    answer_terms(owner_browser, waiting, google, answer)
    deliver()
    assert [one for one in mailoutbox if "still wait" in str(one.subject)] == []


def test_a_second_ticket_is_not_called_to_mind_again(
    waiting: ProvisioningRequest, owner_browser: Client, mailoutbox: Outbox
) -> None:
    deliver()
    owner_browser.post(f"{waiting.get_absolute_url()}again/")
    work()
    deliver()
    assert len(mailoutbox) == 1


def test_nobody_is_reminded_of_a_ticket_that_is_over(
    waiting: ProvisioningRequest, mailoutbox: Outbox
) -> None:
    deliver(minutes=61)
    assert mailoutbox == []


def test_who_wants_no_such_mails_gets_none(
    waiting: ProvisioningRequest, cast: Cast, mailoutbox: Outbox
) -> None:
    choose(Membership.objects.get(user=cast.owner), [], by_worker())
    deliver()
    assert mailoutbox == []
