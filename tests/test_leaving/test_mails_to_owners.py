"""Every owner hears of a deletion: the mail is written with the wish, and survives what fails."""

from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from accounts.audit.events import ActorKind
from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import Actor, by_worker
from accounts.email.models import QueuedEmail
from accounts.email.services.queue import send
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.offboarding.services.organisation_deletion import cancel_deletion, request_deletion
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, signed_in
from tests.queued_emails import Outbox, deliver, ids, killed, refusing, rows
from tokens.encryption.services.restore_hold import begin_restore_hold


def olive(cast: Cast) -> Actor:
    return Actor(ActorKind.PERSON, cast.owner)


def page(cast: Cast) -> str:
    shown = signed_in(cast.owner).get(reverse("tenant-data", args=[cast.tenant.slug]))
    return str(shown.content.decode())


def test_a_wish_that_is_not_written_writes_no_mail_and_the_other_way_round(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr("accounts.offboarding.services.emails.queue", fail)
        with pytest.raises(OSError):  # noqa: PT011  # whatever it says
            request_deletion(cast.tenant, by_worker())
    assert Tenant.objects.get(pk=cast.tenant.pk).deleted_at is None
    with across_tenants():
        assert not AuditEvent.objects.filter(tag="accounts:tenant:deletion_requested").exists()

    monkeypatch.setattr("accounts.offboarding.services.organisation_deletion.record", fail)
    with pytest.raises(OSError):  # noqa: PT011  # likewise
        request_deletion(Tenant.objects.get(pk=cast.tenant.pk), by_worker())
    assert rows() == []


def test_one_sent_again_after_its_worker_was_killed_is_the_same_message(
    cast: Cast, mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_deletion(cast.tenant, olive(cast))
    with killed(monkeypatch):
        deliver()
    deliver()
    assert len(mailoutbox) == 1
    deliver(0.2)
    assert len(mailoutbox) == 2
    assert len(ids(mailoutbox)) == 1
    deliver(9)
    assert len(mailoutbox) == 2
    (row,) = rows()
    assert row.sent_at is not None
    assert row.data == {}
    with tenant_scope(cast.tenant):
        assert AuditEvent.objects.filter(tag="accounts:owner:told").count() == 1


def test_a_mail_server_that_refuses_is_said_until_it_takes_the_mail(
    cast: Cast, mailoutbox: Outbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = f"has not taken the mail about the deletion for {cast.owner.email} so far"
    request_deletion(cast.tenant, olive(cast))
    assert missed not in page(cast)
    with refusing(monkeypatch):
        for hours in (0.1, 1, 12, 47):
            deliver(hours)
    assert missed in page(cast)
    deliver(52)
    assert [letter.to for letter in mailoutbox] == [[cast.owner.email]]
    assert missed not in page(cast)


def test_what_no_server_takes_for_days_is_still_said(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_deletion(cast.tenant, olive(cast))
    with refusing(monkeypatch):
        for turn in range(60):
            deliver(turn * 2.1)
    (row,) = rows()
    assert row.dropped_because == "It could not be sent, however often it was tried."
    assert cast.owner.email in page(cast)
    assert "Not every owner knows of it yet" in page(cast)
    cancel_deletion(cast.tenant, olive(cast))
    assert "Not every owner knows of it yet" not in page(cast)


def test_a_wish_that_was_taken_back_before_the_mail_left_is_not_told(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    request_deletion(cast.tenant, olive(cast))
    cancel_deletion(cast.tenant, olive(cast))
    deliver()
    assert [str(letter.subject) for letter in mailoutbox] == ["Acme Agency will not be deleted"]
    request_deletion(cast.tenant, olive(cast))
    deliver(0.2)
    assert "will be deleted on" in str(mailoutbox[-1].subject)
    assert {row.dropped_because for row in rows()} == {
        "",
        "It was changed again meanwhile.",
    }


def test_who_is_no_owner_any_more_is_not_told(
    cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    Membership.objects.filter(user=cast.teammate).update(role=Role.OWNER)
    request_deletion(cast.tenant, olive(cast))
    Membership.objects.filter(user=cast.teammate).update(role=Role.ADMIN)
    deliver()
    assert [letter.to for letter in mailoutbox] == [[cast.owner.email]]


def test_after_a_restore_they_wait_and_another_organisation_sends_none(
    cast: Cast, settings: Any
) -> None:
    request_deletion(cast.tenant, olive(cast))
    (row,) = rows()
    with tenant_scope(cast.elsewhere):
        assert not QueuedEmail.objects.exists()
        send(row.pk)
    begin_restore_hold("a backup was restored", by_worker())
    deliver()
    assert mail.outbox == []
