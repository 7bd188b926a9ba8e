"""A Google account that broke and needs a person: one mail to each who may connect it again."""

import re
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_person, by_worker
from accounts.email.models import QueuedEmail
from accounts.email.services import queue
from accounts.email.types import Topic
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.email_preferences import choose
from accounts.members.services.tenants import add_member
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast, make_cast
from tests.emulator.thread import EmulatorThread
from tests.fleets import fleet, granted
from tests.journeys import connect, connected, new_request, work
from tests.queued_emails import Outbox, deliver, ids, killed, refusing, rows
from tests.races import together
from tests.rows import connection_row
from tests.scripting import script, stop_scripting
from tests.test_credentials.conftest import Desk, desk
from tests.test_credentials.consoles import client_file, own, upload_client
from tests.test_staff.conftest import staff
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.client_removal import remove_client
from tokens.connections.services.emails import ConnectionBroken
from tokens.connections.services.refresh.worker import refresh_due
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ConnectionStatus, ReconnectReason

__all__ = ["desk", "staff"]
DEAD = "1//emu-canary-never-issued"


@pytest.fixture
def connection(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    """A Google account that the owner has just connected."""
    return connected(owner_browser, cast.tenant, google)


def breaks(connection: GoogleConnection) -> None:
    with tenant_scope(connection.tenant):
        assert needs_reconnect(connection, ReconnectReason.REVOKED)


def broken(cast: Cast, email: str = "agency@gmail.example") -> None:
    breaks(connection_row(cast.tenant, email))


def told(outbox: Outbox) -> list[str]:
    return sorted(to for letter in outbox for to in letter.to)


def those_who_may(cast: Cast) -> list[str]:
    return sorted([cast.owner.email, cast.teammate.email])


def test_those_who_may_connect_it_again_are_told_once_and_viewers_are_not(
    cast: Cast, google: EmulatorThread, mailoutbox: Outbox, settings: Any
) -> None:
    [row] = fleet(cast.tenant, [DEAD])
    refresh_due()
    assert mailoutbox == []
    for _ in range(3):
        refresh_due()
        deliver()
    assert told(mailoutbox) == those_who_may(cast)
    letter = mailoutbox[0]
    assert letter.subject == f"Acme Agency: {row.email} must be connected again"
    body = " ".join(str(letter.body).split())
    assert str(ReconnectReason.REVOKED.label) in body
    assert "Nothing at Google was changed." in body
    with tenant_scope(cast.tenant):
        assert AuditEvent.objects.filter(tag="tokens:connection:break_mailed").count() == 2


def test_its_button_leads_to_the_page_that_says_the_same(
    owner_browser: Client,
    cast: Cast,
    connection: GoogleConnection,
    mailoutbox: Outbox,
    settings: Any,
) -> None:
    breaks(connection)
    deliver()
    mine = next(letter for letter in mailoutbox if letter.to == [cast.owner.email])
    (button,) = re.findall(r'class="button" href="([^"]+)"', str(mine.alternatives[0][0]))
    page = owner_browser.get(button.removeprefix("http://testserver")).content.decode()
    assert "Reconnect at Google" in page
    for words in (ReconnectReason.REVOKED.label, "Nothing at Google was changed."):
        assert words in page
        assert words in str(mine.body)


def test_many_requests_through_it_make_no_more_mails(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    connection: GoogleConnection,
    mailoutbox: Outbox,
    settings: Any,
) -> None:
    for name in ("One", "Two", "Three"):
        new_request(owner_browser, connection, account_name=name)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(access_token=None)
    google.call(lambda world: world.state.refresh_tokens.clear())
    work()
    work()
    deliver()
    assert told(mailoutbox) == those_who_may(cast)


def test_of_a_hundred_that_break_together_one_mail_tells(
    cast: Cast, google: EmulatorThread, mailoutbox: Outbox, settings: Any
) -> None:
    fleet(cast.tenant, [f"{DEAD}-{number}" for number in range(100)])
    refresh_due()
    deliver()
    assert told(mailoutbox) == those_who_may(cast)
    letter = mailoutbox[0]
    assert letter.subject == "Acme Agency: 100 Google accounts must be connected again"
    assert "and 90 more" in str(letter.body)
    assert {row.sent_at is None for row in rows()} == {False}


def test_one_that_is_repaired_before_the_mail_goes_out_needs_none(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    connection: GoogleConnection,
    mailoutbox: Outbox,
    settings: Any,
) -> None:
    breaks(connection)
    connect(owner_browser, cast.tenant, google)
    deliver()
    assert mailoutbox == []


def test_the_next_break_is_told_again(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    connection: GoogleConnection,
    mailoutbox: Outbox,
    settings: Any,
) -> None:
    for _ in range(2):
        with tenant_scope(cast.tenant):
            assert needs_reconnect(GoogleConnection.objects.get(), ReconnectReason.REVOKED)
            assert not needs_reconnect(GoogleConnection.objects.get(), ReconnectReason.REVOKED)
        deliver()
        connect(owner_browser, cast.tenant, google)
    assert told(mailoutbox) == sorted(2 * those_who_may(cast))
    assert connection.pk == GoogleConnection._base_manager.get().pk


@pytest.mark.parametrize("scenario", ["client-secret-rotated", "client-deleted", "token-503-html"])
def test_what_is_the_portal_s_or_google_s_own_fault_is_not_put_on_people(
    cast: Cast, google: EmulatorThread, mailoutbox: Outbox, settings: Any, scenario: str
) -> None:
    fleet(cast.tenant, granted(google, 3))
    script(google, scenario)
    refresh_due()
    stop_scripting(google)
    deliver()
    assert mailoutbox == []
    assert rows(ConnectionBroken) == []


def test_who_removed_the_client_knows_and_the_others_are_told(
    desk: Desk, cast: Cast, mailoutbox: Outbox, settings: Any, rf: Any
) -> None:
    upload_client(desk, client_file(desk))
    client = own()
    fleet(cast.tenant, [DEAD, f"{DEAD}-2"], client=client)
    request = rf.post("/")
    request.user = cast.teammate
    with tenant_scope(cast.tenant):
        needs_reconnect(GoogleConnection.objects.all()[0], ReconnectReason.REVOKED)
        remove_client(client, by_person(request))
    deliver()
    assert told(mailoutbox) == those_who_may(cast)
    mine = {to: str(one.subject) for one in mailoutbox for to in one.to}
    assert mine[cast.owner.email] == "Acme Agency: 2 Google accounts must be connected again"
    assert "2 Google accounts" not in mine[cast.teammate.email]


def test_what_staff_ask_for_reaches_people(
    staff: Client, cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    row = connection_row(cast.tenant)
    staff.post(
        "/admin/tokens/googleconnection/",
        {"action": "mark_for_reconnect", "_selected_action": [row.pk], "reason": "Ticket 7"},
    )
    deliver()
    assert told(mailoutbox) == those_who_may(cast)
    assert "Staff of the portal ask for it" in str(mailoutbox[0].body)


def test_who_wants_no_such_mails_gets_none_though_it_was_due_already(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    broken(cast)
    owner = Membership.objects.get(tenant=cast.tenant, user=cast.owner)
    choose(owner, {Topic.TERMS}, by_worker())
    Membership.objects.filter(tenant=cast.tenant, user=cast.teammate).update(role=Role.VIEWER)
    deliver()
    assert told(mailoutbox) == [cast.teammate.email]


def test_the_mail_s_own_link_stops_the_next_one(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    broken(cast)
    deliver()
    for letter in mailoutbox:
        stop = str(letter.extra_headers["List-Unsubscribe"]).strip("<>")
        assert Client().post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    broken(cast, "other@gmail.example")
    deliver()
    assert len(mailoutbox) == 2


def test_a_mail_server_that_refuses_loses_nothing_and_breaks_nothing(
    cast: Cast,
    google: EmulatorThread,
    mailoutbox: Outbox,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fleet(cast.tenant, [DEAD, *granted(google, 2)])
    with refusing(monkeypatch):
        refresh_due()
        deliver()
    states = GoogleConnection._base_manager.order_by("status").values_list("status", flat=True)
    assert list(states) == ["active", "active", "needs_reconnect"]
    assert {row.tries for row in rows()} == {1}
    deliver(0.5)
    assert told(mailoutbox) == those_who_may(cast)


def test_a_killed_worker_s_mail_is_sent_again_as_the_same_message_and_then_never(
    cast: Cast, mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Membership.objects.filter(tenant=cast.tenant, user=cast.teammate).delete()
    broken(cast)
    broken(cast, "other@gmail.example")
    with killed(monkeypatch):
        deliver()
    assert len(mailoutbox) == 1
    deliver(0.2)
    assert len(mailoutbox) == 2
    assert len(ids(mailoutbox)) == 1
    deliver(9)
    assert len(mailoutbox) == 2


def test_another_organisation_s_break_reaches_nobody_here(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    breaks(connection_row(cast.elsewhere))
    deliver()
    assert told(mailoutbox) == [cast.outsider.email]


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_see_it_break_and_of_eight_workers_each_person_gets_one() -> None:
    cast = make_cast()
    add_member(tenant=cast.elsewhere, user=cast.owner, role=Role.ADMIN, actor=by_worker())
    row = connection_row(cast.tenant)

    def see() -> None:
        with tenant_scope(cast.tenant):
            needs_reconnect(GoogleConnection.objects.get(pk=row.pk), ReconnectReason.REVOKED)

    def send() -> None:
        with tenant_scope(cast.tenant):
            for email in QueuedEmail.objects.all():
                queue.send(email.pk)

    together([see] * 8)
    with time_machine.travel(timezone.now().replace(year=timezone.now().year + 1)):
        together([send] * 8)
    assert sorted(to for letter in mail.outbox for to in letter.to) == those_who_may(cast)
    with tenant_scope(cast.tenant):
        assert GoogleConnection.objects.get().status == ConnectionStatus.NEEDS_RECONNECT
