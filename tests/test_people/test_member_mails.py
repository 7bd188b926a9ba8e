"""Who gets another role, is removed, or is handed an organisation, learns of it by mail, once."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.email.services.queue import send
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.members import change_role
from accounts.members.services.tenants import add_member
from accounts.offboarding.services.organisation_deletion import request_deletion
from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from tests.cast import Cast, make_cast, signed_in
from tests.queued_emails import Outbox, deliver, ids, killed, refusing, rows
from tokens.encryption.services.restore_hold import begin_restore_hold

pytestmark = pytest.mark.django_db


def press(cast: Cast, page: str, to: User, **sent: str) -> None:
    pk = Membership.objects.get(tenant=cast.tenant, user=to).pk
    answer = signed_in(cast.owner).post(reverse(page, args=[cast.tenant.slug, pk]), sent)
    assert answer.status_code == 303


def give(cast: Cast, role: Role, to: User | None = None) -> None:
    press(cast, "member-role", to or cast.viewer, role=role)


def test_who_gets_another_role_is_told_once_what_they_may_now(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    give(cast, Role.ADMIN)
    assert mailoutbox == []
    for _ in range(3):
        deliver()
    (letter,) = mailoutbox
    assert letter.to == [cast.viewer.email]
    assert letter.subject == "Acme Agency: you are admin now"
    body = " ".join(str(letter.body).split())
    assert "Olive Owner changed your role in Acme Agency from viewer to admin." in body
    assert "Connects Google accounts, creates Analytics accounts and invites colleagues." in body
    (button,) = re.findall(r'class="button" href="([^"]+)"', str(letter.alternatives[0][0]))
    page = signed_in(cast.viewer).get(button.removeprefix("http://testserver"))
    assert page.status_code == 200
    with tenant_scope(cast.tenant):
        assert AuditEvent.objects.filter(tag="accounts:member:told").count() == 1


def test_who_is_removed_is_told_and_led_where_they_may_go(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    press(cast, "member-remove", cast.teammate)
    deliver()
    (letter,) = mailoutbox
    assert letter.to == [cast.teammate.email]
    assert letter.subject == "Acme Agency: you were removed"
    assert "You were admin there" in str(letter.body)
    (button,) = re.findall(r'class="button" href="([^"]+)"', str(letter.alternatives[0][0]))
    page = signed_in(cast.teammate).get(button.removeprefix("http://testserver"), follow=True)
    assert page.status_code == 200


def test_who_is_handed_the_organisation_is_told_and_the_giver_is_not(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    press(cast, "member-transfer", cast.teammate)
    deliver()
    (letter,) = mailoutbox
    assert letter.to == [cast.teammate.email]
    assert letter.subject == "Acme Agency is handed over to you"
    assert "You were admin and are owner now" in str(letter.body)


def test_nobody_is_told_what_they_did_themselves(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    signed_in(cast.viewer).post(reverse("member-leave", args=[cast.tenant.slug]))
    give(cast, Role.OWNER, cast.teammate)
    give(cast, Role.ADMIN, cast.owner)
    deliver()
    assert [letter.to for letter in mailoutbox] == [[cast.teammate.email]]


def test_a_role_that_was_given_already_is_no_news(cast: Cast) -> None:
    give(cast, Role.VIEWER)
    assert rows() == []


def test_what_was_changed_back_before_it_was_sent_is_not_written_about(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    give(cast, Role.ADMIN)
    give(cast, Role.VIEWER)
    press(cast, "member-remove", cast.teammate)
    add_member(tenant=cast.tenant, user=cast.teammate, role=Role.VIEWER, actor=by_worker())
    deliver()
    assert [str(letter.subject) for letter in mailoutbox] == ["Acme Agency: you are viewer now"]
    dropped = {one.dropped_because for one in rows()}
    assert dropped == {"", "It was changed again meanwhile."}


def test_who_has_closed_their_account_gets_none(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    give(cast, Role.ADMIN)
    User.objects.filter(pk=cast.viewer.pk).update(is_active=False)
    deliver()
    assert mailoutbox == []


def test_a_change_that_does_not_happen_writes_no_mail(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("accounts.members.services.members.tell_member", fail)
    row = Membership.objects.get(tenant=cast.tenant, user=cast.viewer)
    with tenant_scope(cast.tenant), pytest.raises(OSError):  # noqa: PT011  # whatever it says
        change_role(row, Role.ADMIN, by_worker())
    row.refresh_from_db()
    assert (row.role, rows()) == (Role.VIEWER, [])


def test_a_mail_server_that_refuses_for_two_days_loses_nothing(
    cast: Cast, mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing(monkeypatch):
        give(cast, Role.ADMIN)
        assert Membership.objects.get(user=cast.viewer).role == Role.ADMIN
        for hours in range(1, 49):
            deliver(hours)
    (row,) = rows()
    assert row.tries > 10
    assert "try later" in row.problem
    assert row.due_at is not None
    deliver(52)
    assert [letter.to for letter in mailoutbox] == [[cast.viewer.email]]


def test_what_no_server_takes_for_days_is_given_up_and_shown_to_staff(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing(monkeypatch):
        give(cast, Role.ADMIN)
        for turn in range(60):
            deliver(turn * 2.1)
    (row,) = rows()
    assert (row.due_at, row.sent_at) == (None, None)
    assert row.dropped_because == "It could not be sent, however often it was tried."


def test_one_sent_again_after_its_worker_was_killed_is_the_same_message(
    cast: Cast, mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(cast, Role.ADMIN)
    with killed(monkeypatch):
        deliver()
    deliver()
    assert len(mailoutbox) == 1
    deliver(0.2)
    assert len(mailoutbox) == 2
    assert len(ids(mailoutbox)) == 1
    deliver(9)
    assert len(mailoutbox) == 2


def test_after_a_restore_they_wait(cast: Cast, mailoutbox: Outbox, settings: Any) -> None:
    give(cast, Role.ADMIN)
    begin_restore_hold("a backup was restored", by_worker())
    deliver()
    assert mailoutbox == []


def test_an_organisation_that_is_about_to_be_deleted_still_tells(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    request_deletion(cast.tenant, by_worker())
    press(cast, "member-remove", cast.teammate)
    deliver()
    assert {letter.to[0]: str(letter.subject) for letter in mailoutbox} == {
        cast.owner.email: f"Acme Agency will be deleted on {cast.tenant.leaves_at:%-d %B %Y}",
        cast.teammate.email: "Acme Agency: you were removed",
    }


def test_another_organisation_s_members_learn_nothing(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    give(cast, Role.ADMIN)
    (row,) = rows()
    with tenant_scope(cast.elsewhere):
        assert not QueuedEmail.objects.exists()
        send(row.pk)
    assert mailoutbox == []
    assert Client().get(reverse("members", args=[cast.tenant.slug])).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_sends_it() -> None:
    cast = make_cast()
    give(cast, Role.ADMIN)
    with across_tenants():
        pk = QueuedEmail.objects.get().pk
    gate = threading.Barrier(8)

    def run(_: int) -> None:
        try:
            with tenant_scope(cast.tenant):
                gate.wait(timeout=30)
                send(pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))
    assert len(mail.outbox) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=1)), tenant_scope(cast.tenant):
        send(pk)
    assert len(mail.outbox) == 1
