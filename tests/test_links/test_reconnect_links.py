"""Reconnect links: the owner of a Google account repairs one connection and can do nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, SHOP, connected, path_of
from tests.queued_emails import Outbox, deliver, ids, killed
from tests.rows import connection_row
from tests.scripting import script, stop_scripting
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ConnectionStatus, ReconnectReason


@pytest.fixture
def broken(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    row = connected(owner_browser, cast.tenant, google)
    with tenant_scope(cast.tenant):
        needs_reconnect(row, ReconnectReason.REVOKED, by_worker())
    return row


def link_for(browser: Client, row: GoogleConnection) -> str:
    """Have a link made, and read its address off the page."""
    page = browser.post(reverse("connection-link", args=[row.tenant.slug, row.pk]))
    found = re.search(r"http://testserver(/reconnect/[\w-]+/)", page.content.decode())
    assert found
    return found[1]


def state() -> tuple[str, str]:
    with across_tenants():
        row = GoogleConnection.objects.get(email=AGENCY)
    return row.status, row.reason


def test_a_guest_reconnects_the_account_and_the_link_is_used_up(
    owner_browser: Client, broken: GoogleConnection, google: EmulatorThread
) -> None:
    link = link_for(owner_browser, broken)
    guest = Client()
    assert AGENCY in guest.get(link).content.decode()
    leave = guest.post(link)
    back = Person(google.base_url, AGENCY).consent(leave["Location"])
    done = guest.get(path_of(back), follow=True)
    assert "is connected again" in done.content.decode()
    assert state() == ("active", "")
    assert guest.get(link).status_code == 404
    with across_tenants():
        tags = set(AuditEvent.objects.values_list("tag", flat=True))
    assert {"tokens:link:created", "tokens:link:used"} <= tags


def test_another_google_account_is_refused_and_the_link_still_works(
    owner_browser: Client, broken: GoogleConnection, google: EmulatorThread
) -> None:
    link = link_for(owner_browser, broken)
    guest = Client()
    leave = guest.post(link)
    back = Person(google.base_url, SHOP).consent(leave["Location"])
    done = guest.get(path_of(back), follow=True)
    assert done.status_code == 409
    assert state() == ("needs_reconnect", "revoked")
    assert guest.get(link).status_code == 200


def came_back(guest: Client, leave: Any, google: EmulatorThread, email: str, **how: Any) -> str:
    """Come back from Google as `email`; what the page says, without line breaks."""
    back = Person(google.base_url, email).consent(leave["Location"], **how)
    return " ".join(guest.get(path_of(back), follow=True).content.decode().split())


def test_a_guest_is_told_which_account_came_and_which_is_meant_and_tries_again(
    owner_browser: Client, broken: GoogleConnection, google: EmulatorThread
) -> None:
    guest = Client()
    page = came_back(guest, guest.post(link_for(owner_browser, broken)), google, SHOP)
    assert "You signed in with a different Google account" in page
    tight = re.sub(r"> +<", "><", page)
    assert f"You signed in as</dt><dd><strong>{SHOP}</strong>" in tight
    assert f"This link is for</dt><dd><strong>{AGENCY}</strong>" in tight
    assert "Try again" in page
    again = guest.post(reverse("reconnect-done"))
    assert again["Location"].startswith(google.base_url)
    assert "is connected again" in came_back(guest, again, google, AGENCY)
    assert state() == ("active", "")


@pytest.mark.parametrize("denies", [True, False], ids=["denied", "Google fails"])
def test_whatever_else_goes_wrong_a_guest_tries_again_too(
    owner_browser: Client, broken: GoogleConnection, google: EmulatorThread, *, denies: bool
) -> None:
    guest = Client()
    leave = guest.post(link_for(owner_browser, broken))
    if not denies:
        script(google, "token-503-html")
    page = came_back(guest, leave, google, AGENCY, deny=denies)
    assert "Try again" in page
    stop_scripting(google)
    again = guest.post(reverse("reconnect-done"))
    assert "is connected again" in came_back(guest, again, google, AGENCY)


def test_a_link_that_is_over_offers_no_other_try(
    owner_browser: Client, broken: GoogleConnection, google: EmulatorThread
) -> None:
    guest = Client()
    came_back(guest, guest.post(link_for(owner_browser, broken)), google, SHOP)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        page = guest.get(reverse("reconnect-done")).content.decode()
        assert "Try again" not in page
        assert "for another link" in page
        answer = guest.post(reverse("reconnect-done"))
        assert answer["Location"] == reverse("reconnect-done")
    assert Client().post(reverse("reconnect-done")).status_code == 404


def test_a_member_with_the_wrong_account_is_told_both_too(
    owner_browser: Client, broken: GoogleConnection, google: EmulatorThread
) -> None:
    leave = owner_browser.post(
        reverse("connection-reconnect", args=[broken.tenant.slug, broken.pk])
    )
    page = came_back(owner_browser, leave, google, SHOP)
    assert f"You signed in as <strong>{SHOP}</strong>" in page
    assert f"this is about <strong>{AGENCY}</strong>" in page
    assert "Try again" in page


def test_a_guest_s_answer_in_another_browser_changes_nothing(
    owner_browser: Client, broken: GoogleConnection, google: EmulatorThread
) -> None:
    leave = Client().post(link_for(owner_browser, broken))
    back = path_of(Person(google.base_url, AGENCY).consent(leave["Location"]))
    for browser in (Client(), owner_browser):
        assert browser.get(back).status_code == 400
    assert state() == ("needs_reconnect", "revoked")


def test_a_link_gives_no_way_into_the_tenant(
    owner_browser: Client, broken: GoogleConnection, google: EmulatorThread
) -> None:
    guest = Client()
    guest.post(link_for(owner_browser, broken))
    for page in ("home", "connections", "requests"):
        answer = guest.get(reverse(page, args=[broken.tenant.slug]))
        assert answer["Location"].startswith(reverse("account_login"))


def test_ended_used_and_invented_links_look_alike(
    owner_browser: Client, broken: GoogleConnection
) -> None:
    link = link_for(owner_browser, broken)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert Client().get(link).status_code == 404
    assert Client().get("/reconnect/invented-token/").status_code == 404
    assert Client().get("/reconnect/done/").status_code == 404


def test_only_a_fingerprint_of_a_link_is_kept(
    owner_browser: Client, broken: GoogleConnection
) -> None:
    token = link_for(owner_browser, broken).split("/")[2]
    with across_tenants():
        assert token not in str(ReconnectLink.objects.values().get())
        assert token not in str(list(AuditEvent.objects.values()))


def mailed(browser: Client, row: GoogleConnection) -> str:
    """Press the button that has a link mailed; what the page says then."""
    address = reverse("connection-link", args=[row.tenant.slug, row.pk])
    page = browser.post(address, {"mail": "1"}, follow=True)
    return " ".join(page.content.decode().split())


def asked(outbox: Outbox) -> list[EmailMultiAlternatives]:
    """The e-mails with links; of the break itself, members hear besides."""
    return [one for one in outbox if "please connect" in one.subject]


def test_a_link_can_be_mailed_to_the_account_s_own_address(
    owner_browser: Client, broken: GoogleConnection, mailoutbox: Outbox
) -> None:
    assert f"A reconnect link is on its way to {AGENCY}." in mailed(owner_browser, broken)
    deliver()
    [sent] = asked(mailoutbox)
    assert sent.to == [AGENCY]
    assert sent.subject == f"{broken.tenant.name}: please connect {AGENCY} again"
    assert "http://testserver/reconnect/" in sent.body
    assert "works once" in sent.body


def test_a_mailed_link_works_and_is_recorded(
    owner_browser: Client, broken: GoogleConnection, mailoutbox: Outbox
) -> None:
    mailed(owner_browser, broken)
    deliver()
    found = re.search(r"http://testserver(/reconnect/[\w-]+/)", str(asked(mailoutbox)[0].body))
    assert found
    assert AGENCY in Client().get(found[1]).content.decode()
    with across_tenants():
        assert AuditEvent.objects.filter(tag="tokens:link:mailed").count() == 1
        token = found[1].split("/")[2]
        assert token not in str(list(QueuedEmail.objects.values()))


def test_sent_once_more_after_its_worker_was_killed_it_is_the_same_message_and_link(
    owner_browser: Client,
    cast: Cast,
    mailoutbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailed(owner_browser, connection_row(cast.tenant))
    with killed(monkeypatch):
        deliver()
    deliver(0.2)
    assert len(mailoutbox) == 2
    assert len(ids(mailoutbox)) == 1
    assert mailoutbox[0].body == mailoutbox[1].body


def test_a_link_of_an_account_that_was_disconnected_meanwhile_is_not_sent(
    owner_browser: Client, cast: Cast, mailoutbox: Outbox
) -> None:
    row = connection_row(cast.tenant)
    mailed(owner_browser, row)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(status=ConnectionStatus.DISCONNECTED, refresh_token=None)
    deliver()
    assert mailoutbox == []


def test_all_owners_are_asked_at_once(
    owner_browser: Client, cast: Cast, mailoutbox: Outbox
) -> None:
    rows = [connection_row(cast.tenant, f"owner{n}@gmail.example") for n in range(3)]
    healthy = connection_row(cast.tenant, "healthy@gmail.example")
    with tenant_scope(cast.tenant):
        for row in rows:
            needs_reconnect(row, ReconnectReason.REVOKED, by_worker())
    owner_browser.post(reverse("connections-ask", args=[cast.tenant.slug]))
    deliver()
    assert sorted(one.to[0] for one in asked(mailoutbox)) == [row.email for row in rows]
    assert healthy.email not in str([one.to for one in mailoutbox])


def test_a_mail_server_that_refuses_is_told_on_the_page_and_asked_again(
    owner_browser: Client, broken: GoogleConnection, settings: Settings, mailoutbox: Outbox
) -> None:
    page = mailed(owner_browser, broken)
    assert f"A link is on its way to {AGENCY}." in page
    taken = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    deliver()
    page = owner_browser.get(broken.get_absolute_url()).content.decode()
    assert "The last link could not be sent" in page
    assert "ConnectionRefusedError" in page
    settings.EMAIL_BACKEND = taken
    deliver(1)
    assert len(asked(mailoutbox)) == 1
    page = owner_browser.get(broken.get_absolute_url()).content.decode()
    assert "The last link could not be sent" not in page
    assert f"A link was sent to {AGENCY}" in page
