"""One queue for all e-mails: fair, patient with whatever fails, and each for the right eyes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.email.services.queue import due, queue, send, send_again
from accounts.members.roles import Role
from accounts.members.services.emails import RoleChanged
from accounts.members.services.tenants import add_member
from accounts.tenancy.models import Tenant
from accounts.tenancy.row_security import RowAccess, row_access
from accounts.tenancy.scope import ScopeError, tenant_scope
from accounts.users.models import User
from portal.operations.tasks import send_emails
from tests.cast import Cast
from tests.queued_emails import Outbox, deliver, ids, rows
from tests.rows import connection_row
from tokens.connections.services.emails import ConnectionBroken
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason
from tokens.encryption.services.restore_hold import PortalIsSealed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff(settings: Any) -> None:
    settings.ADMINS = [("Staff", "staff@portal.example")]


def told(tenant: Tenant | None, to: User | None, **columns: Any) -> QueuedEmail:
    """An e-mail that is due, about another role, or to staff."""
    if tenant is None:
        said = {"path": "/admin/", "said": {"why": "A key is missing."}}
        row = QueuedEmail(kind=PortalIsSealed.name, data=said)
    else:
        data = {"before": Role.ADMIN, "after": Role.VIEWER}
        row = QueuedEmail(tenant=tenant, recipient=to, kind=RoleChanged.name, data=data)
        row.target_id = str(to.pk) if to else ""
    for name, value in columns.items():
        setattr(row, name, value)
    with row_access(RowAccess(tenant.pk if tenant else None)):
        queue([row])
    return row


def test_thousands_of_one_organisation_hold_up_nobody_else_s(cast: Cast) -> None:
    for _ in range(20):
        told(cast.tenant, cast.viewer)
    theirs = told(cast.elsewhere, cast.outsider)
    to_staff = told(None, None)
    found = due(timezone.now(), 3, of_tenants=True)
    assert {row.pk for row in found} > {theirs.pk, to_staff.pk}
    assert {row.tenant_id for row in found} == {cast.tenant.pk, cast.elsewhere.pk, None}


def test_what_goes_together_is_handed_out_once(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        for number in range(5):
            row = connection_row(cast.tenant, f"g{number}@gmail.example")
            needs_reconnect(row, ReconnectReason.REVOKED, by_worker())
    later = timezone.now() + timedelta(minutes=2)
    found = due(later, 100, of_tenants=True)
    assert len(rows(ConnectionBroken)) == 10
    assert {row.recipient_id for row in found} == {cast.owner.pk, cast.teammate.pk}
    assert len(found) == 2


def test_while_the_portal_may_not_work_only_staff_are_told(cast: Cast) -> None:
    told(cast.tenant, cast.viewer)
    to_staff = told(None, None)
    assert [row.pk for row in due(timezone.now(), 9, of_tenants=False)] == [to_staff.pk]


def test_each_is_sent_where_it_belongs_and_nowhere_else(cast: Cast, mailoutbox: Outbox) -> None:
    row, to_staff = told(cast.tenant, cast.viewer), told(None, None)
    with tenant_scope(cast.elsewhere):
        send(row.pk)
        send(to_staff.pk)
    send(row.pk)
    assert mailoutbox == []
    with tenant_scope(cast.tenant):
        assert not QueuedEmail.objects.filter(tenant=None).exists()
        send(row.pk)
    send(to_staff.pk)
    assert [one.to for one in mailoutbox] == [[cast.viewer.email], ["staff@portal.example"]]


def test_nobody_reads_it_without_a_tenant(cast: Cast) -> None:
    with pytest.raises(ScopeError):
        QueuedEmail.objects.all()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row-level security")
def test_the_database_shows_a_tenant_its_own_and_what_is_nobody_s(cast: Cast) -> None:
    mine, to_staff = told(cast.tenant, cast.viewer), told(None, None)
    told(cast.elsewhere, cast.outsider)
    with tenant_scope(cast.tenant):
        assert set(QueuedEmail._base_manager.all()) == {mine, to_staff}


def test_whatever_a_kind_raises_counts_as_a_try_and_ends(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any, emails: Sequence[QueuedEmail]) -> dict[str, Any]:
        raise ZeroDivisionError

    told(cast.tenant, cast.viewer)
    monkeypatch.setattr(RoleChanged, "targets", fail)
    deliver()
    (row,) = rows()
    assert (row.tries, row.problem.strip()) == (1, "ZeroDivisionError:")
    assert row.due_at is not None
    for turn in range(60):
        deliver(turn * 2.1)
    (row,) = rows()
    assert (row.due_at, row.sent_at) == (None, None)


def test_what_cannot_be_noted_as_sent_goes_out_again_ever_later_and_not_for_ever(
    cast: Cast, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    told(cast.tenant, cast.viewer)
    monkeypatch.setattr(RoleChanged, "sent", fail)
    for minute in range(60):
        deliver(minute / 60)
    assert len(mailoutbox) == len(ids(mailoutbox)) * rows()[0].tries <= 10
    for turn in range(60):
        deliver(turn * 2.1)
    (row,) = rows()
    assert (row.due_at, row.sent_at) == (None, None)


def test_a_kind_that_is_none_any_more_is_dropped(cast: Cast, mailoutbox: Outbox) -> None:
    told(cast.tenant, cast.viewer, kind="pigeon")
    deliver()
    assert mailoutbox == []
    assert rows()[0].dropped_because == "The portal knows no such kind of e-mail."


def test_what_it_tells_of_may_be_gone(cast: Cast, mailoutbox: Outbox) -> None:
    told(cast.tenant, cast.viewer, target_id=str(uuid4()))
    deliver()
    assert mailoutbox == []
    assert rows()[0].dropped_because == "What it tells of is gone."


def test_each_occasion_is_told_of_once_and_the_next_again(cast: Cast) -> None:
    for occasion in ("1", "1", "2"):
        told(cast.tenant, cast.viewer, occasion=occasion)
    assert sorted(row.occasion for row in rows()) == ["1", "2"]


def test_staff_ask_for_what_was_given_up_and_never_for_what_was_sent(
    cast: Cast, mailoutbox: Outbox
) -> None:
    row = told(cast.tenant, cast.viewer)
    deliver()
    assert not send_again(row, by_worker())
    deliver()
    assert len(mailoutbox) == 1


def test_while_an_organisation_leaves_only_what_its_people_must_know_goes_out(
    cast: Cast, mailoutbox: Outbox
) -> None:
    add_member(tenant=cast.elsewhere, user=cast.viewer, role=Role.VIEWER, actor=by_worker())
    with tenant_scope(cast.elsewhere):
        needs_reconnect(connection_row(cast.elsewhere), ReconnectReason.REVOKED, by_worker())
    Tenant.objects.filter(pk=cast.elsewhere.pk).update(deleted_at=timezone.now())
    told(cast.elsewhere, cast.viewer)
    deliver()
    assert [one.to for one in mailoutbox] == [[cast.viewer.email]]
    Tenant.objects.filter(pk=cast.elsewhere.pk).update(deleted_at=None)
    deliver()
    assert [one.to for one in mailoutbox[1:]] == [[cast.outsider.email]]


def test_a_sweep_without_anything_to_do_asks_the_database_little(
    db: None, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        send_emails()
