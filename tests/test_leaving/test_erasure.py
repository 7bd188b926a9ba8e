"""After the grace period nothing is left of an organisation but a proof, whatever crashes."""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.audit.recording import by_worker
from accounts.audit.services.chain import link_new
from accounts.email.models import QueuedEmail
from accounts.email.services.queue import send_again
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import invite
from accounts.offboarding.models import Erasure
from accounts.offboarding.services import erasure as steps
from accounts.offboarding.services.emails import OrganisationDeleted
from accounts.offboarding.services.organisation_deletion import cancel_deletion, request_deletion
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from portal.offboarding import erasure as worker
from portal.offboarding.organisation_export import tables
from portal.offboarding.tasks import erase_deleted
from tests.cast import Cast, signed_in, with_second_step
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, new_request, work
from tests.queued_emails import Outbox, deliver, rows
from tests.rows import connection_row, request_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.revocation import Revocation, RevocationState
from tokens.connections.services.revocations import carry_out
from tokens.connections.services.shredding import shred_deleted
from tokens.connections.tasks import tend_data_keys
from tokens.connections.unscoped import due_revocations
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.unscoped import destroyed_by_master
from tokens.encryption.wrapping import key_ring

pytestmark = pytest.mark.django_db


class Crash(Exception):
    """A worker that is killed."""


def after_the_grace() -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(days=31))


def shredded(tenant: Tenant) -> None:
    """Its grace period is over, Google has answered, and the keys are destroyed."""
    request_deletion(tenant, by_worker())
    with after_the_grace():
        shred_deleted()
        Revocation._base_manager.update(state=RevocationState.CONFIRMED, token=None, due_at=None)
        shred_deleted()
    assert Tenant.objects.get(pk=tenant.pk).erased_at is not None


def furnish(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        invite(cast.tenant, ["new@acme.example"], Role.VIEWER, by_worker())
    for email in ("one@gmail.example", "two@gmail.example"):
        request_row(connection_row(cast.tenant, email))
    link_new(cast.tenant)


def left_of(tenant_id: uuid.UUID) -> dict[str, int]:
    counts = {
        model._meta.label: model._base_manager.filter(tenant=tenant_id).count()
        for model in tables()
    }
    return {label: count for label, count in counts.items() if count}


@pytest.mark.record_is_lost("it goes with the organisation")
def test_a_whole_history_goes_and_google_is_told(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    answer_terms(owner_browser, request, google)
    work()
    theirs = connection_row(cast.elsewhere, "theirs@gmail.example")
    others = left_of(cast.elsewhere.pk)
    before = left_of(cast.tenant.pk)
    assert {"provisioning.ProvisionedAccount", "tokens.IssuedRefreshToken"} <= set(before)
    request_deletion(cast.tenant, by_worker())
    with after_the_grace():
        tend_data_keys()
        for tenant_id, pk in due_revocations(timezone.now(), 10):
            assert tenant_id == cast.tenant.pk
            with tenant_scope(cast.tenant):
                carry_out(pk)
        tend_data_keys()
        mail.outbox.clear()
        erase_deleted()
        deliver()
    assert left_of(cast.tenant.pk) == {}
    assert not Tenant.objects.filter(pk=cast.tenant.pk).exists()
    assert left_of(cast.elsewhere.pk) == others
    assert GoogleConnection._base_manager.filter(pk=theirs.pk).exists()
    erasure = Erasure.objects.get()
    assert erasure.revocations == {"confirmed": 1}
    for label, count in before.items():
        assert erasure.rows[label] >= count
    assert [one.to for one in mail.outbox] == [[cast.owner.email]]
    assert signed_in(cast.owner).get(reverse("home", args=[cast.tenant.slug])).status_code == 404


def test_the_proof_holds_and_names_nobody(cast: Cast) -> None:
    furnish(cast)
    kids = list(TenantKey._base_manager.filter(tenant=cast.tenant).values_list("kid", flat=True))
    shredded(cast.tenant)
    erase_deleted()
    erasure = Erasure.objects.get()
    assert erasure.organisation == cast.tenant.pk
    assert [key["id"] for key in erasure.keys] == kids
    assert erasure.digest == hashlib.sha256(erasure.proof.encode()).hexdigest()
    deliver()
    kept = [*Erasure.objects.values(), *QueuedEmail.of_portal().values()]
    stored = json.dumps(kept, default=str)
    for name in ("Acme", "acme", "olive", "Olive", "gmail"):
        assert name not in stored
    [letter] = mail.outbox
    assert erasure.digest in str(letter.body)
    assert kids[0] in str(letter.body)
    [attached] = letter.attachments
    assert hashlib.sha256(str(attached[1]).encode()).hexdigest() == erasure.digest
    event = AuditEvent._base_manager.get(tag="accounts:tenant:deleted")
    assert (event.tenant_id, event.data["proof"]) == (None, erasure.digest)
    [master] = key_ring()
    assert destroyed_by_master() == {master: len(kids)}


STEPS = ("begin", "remove_some", "end")


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_made_good_by_the_next_run(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    furnish(cast)
    expected = len(in_both(cast))
    shredded(cast.tenant)
    monkeypatch.setattr(worker, "BATCH", 1)
    real: Callable[..., Any] = getattr(worker, step)
    calls = crashes = 0

    def killed(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        # The first run dies at its first call, the second at its second, and so on.
        if calls == crashes + 1:
            if after:
                real(*args)
            raise Crash
        return real(*args)

    mail.outbox.clear()
    monkeypatch.setattr(worker, step, killed)
    while not Erasure.objects.filter(finished_at__isnull=False).exists():
        calls = 0
        try:
            erase_deleted()
        except Crash:
            crashes += 1
        assert crashes < 200
    assert crashes >= 1
    assert left_of(cast.tenant.pk) == {}
    erasure = Erasure.objects.get()
    assert erasure.digest == erasure.hashed()
    assert erasure.rows["accounts.Membership"] == 3
    assert erasure.rows["tokens.GoogleConnection"] == expected
    deliver()
    assert [one.to for one in mail.outbox] == [[cast.owner.email]]


def in_both(cast: Cast) -> list[GoogleConnection]:
    return list(GoogleConnection._base_manager.filter(tenant=cast.tenant))


def test_one_that_fails_does_not_hold_up_the_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    shredded(cast.tenant)
    shredded(cast.elsewhere)
    real = steps.end

    def refuses_one(erasure: Erasure) -> None:
        if erasure.organisation == cast.tenant.pk:
            raise DatabaseError
        real(erasure)

    monkeypatch.setattr(worker, "end", refuses_one)
    erase_deleted()
    assert list(Tenant.objects.all()) == [cast.tenant]
    monkeypatch.undo()
    erase_deleted()
    assert not Tenant.objects.exists()


def test_time_that_is_up_stops_it_between_two_batches(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(cast)
    shredded(cast.tenant)
    monkeypatch.setattr(worker, "BATCH", 1)
    worker.erase_for_a_while(-1.0)
    assert Erasure.objects.get().total == 1
    assert left_of(cast.tenant.pk) != {}
    erase_deleted()
    assert left_of(cast.tenant.pk) == {}


def test_nothing_is_deleted_while_it_can_be_kept(cast: Cast) -> None:
    furnish(cast)
    request_deletion(cast.tenant, by_worker())
    before = left_of(cast.tenant.pk)
    erase_deleted()
    assert left_of(cast.tenant.pk) == before
    assert not Erasure.objects.exists()
    with tenant_scope(cast.tenant), pytest.raises(ValueError, match="not destroyed"):
        steps.begin(Tenant.objects.get(pk=cast.tenant.pk), steps.Facts([], {}))
    cancel_deletion(cast.tenant, by_worker())
    with after_the_grace():
        tend_data_keys()
        erase_deleted()
    assert set(before) == set(left_of(cast.tenant.pk))


def test_pages_answer_as_if_it_had_never_been_once_the_keys_are_gone(cast: Cast) -> None:
    shredded(cast.tenant)
    answer = signed_in(cast.owner).get(reverse("home", args=[cast.tenant.slug]))
    assert answer.status_code == 404
    assert cast.tenant not in Tenant.objects.of(cast.owner)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite refuses changes only")
@pytest.mark.parametrize("model", [AuditEvent, AuditLink])
def test_the_record_goes_only_when_the_keys_are_gone(cast: Cast, model: Any) -> None:
    link_new(cast.tenant)
    refusal = pytest.raises(DatabaseError, match="append-only")
    with tenant_scope(cast.tenant), refusal, transaction.atomic():
        model.objects.all().delete()
    shredded(cast.tenant)
    change = {"tag" if model is AuditEvent else "digest": "x"}
    refusal = pytest.raises(DatabaseError, match="append-only")
    with tenant_scope(cast.tenant), refusal, transaction.atomic():
        model.objects.update(**change)
    with tenant_scope(cast.tenant):
        assert model.objects.all().delete()[0] >= 1


def test_a_mail_server_that_refuses_is_asked_again_and_then_no_more(
    cast: Cast, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Membership.objects.filter(user=cast.teammate).update(role=Role.OWNER)
    shredded(cast.tenant)
    refused = True
    real = EmailBackend.send_messages

    def send(self: Any, messages: list[Any]) -> int:
        if refused and messages[0].to == [cast.owner.email]:
            raise SMTPException
        return int(real(self, messages) or 0)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    mailoutbox.clear()
    erase_deleted()
    for _ in range(2):
        deliver()
    assert [one.to for one in mailoutbox] == [[cast.teammate.email]]
    waiting = {row.sent_at is None: row.data.get("to_address") for row in rows(OrganisationDeleted)}
    assert waiting == {False: None, True: cast.owner.email}
    for turn in range(60):
        deliver(turn * 2.1)
    assert {tuple(row.data) for row in rows(OrganisationDeleted)} == {()}
    # Had staff ask once more: nobody knows any more who that was.
    (row,) = (row for row in rows(OrganisationDeleted) if row.sent_at is None)
    assert send_again(row, by_worker())
    refused = False
    deliver()
    assert len(mailoutbox) == 1
    assert row.pk in {one.pk for one in rows() if "Nobody knows" in one.dropped_because}


def test_a_proof_names_tables_that_are_none_any_more(cast: Cast, mailoutbox: Outbox) -> None:
    shredded(cast.tenant)
    mailoutbox.clear()
    erase_deleted()
    Erasure.objects.update(rows={"accounts.MemberMail": 3, "accounts.Membership": 2})
    deliver()
    assert "accounts.MemberMail: 3" in str(mailoutbox[0].body)
    assert "memberships: 2" in str(mailoutbox[0].body)


def test_tables_are_deleted_before_those_that_they_point_at() -> None:
    order = worker.in_order()
    assert set(order) == set(tables())
    for model in order:
        for field in model._meta.fields:
            target = field.related_model
            if target in order and target is not model:
                assert order.index(model) < order.index(target)


def test_staff_read_the_proof_and_no_address(cast: Cast, admin_user: User) -> None:
    shredded(cast.tenant)
    with tenant_scope(Tenant.objects.get(pk=cast.tenant.pk)):
        erasure = steps.begin(Tenant.objects.get(pk=cast.tenant.pk), steps.Facts([], {}))
    address = reverse("admin:accounts_erasure_change", args=[erasure.pk])
    page = with_second_step(admin_user).get(address)
    shown = page.content.decode()
    assert str(cast.tenant.pk) in shown
    assert cast.owner.email not in shown
