"""What waited in the tables that each kind of e-mail had is in the one queue afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.email.models import QueuedEmail
from accounts.offboarding.models import Erasure
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from tests.cast import Cast, make_cast
from tests.queued_emails import deliver
from tests.rows import connection_row, request_row

pytestmark = [pytest.mark.slow, pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
BEFORE = [
    ("accounts", "0017_fencing_token"),
    ("tokens", "0023_fresh_until"),
    ("provisioning", "0023_each_reported_account"),
]
DUE = datetime(2026, 11, 30, 9, 15, 7, 123456, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@contextmanager
def as_owner() -> Iterator[None]:
    """The tests' role may neither make nor drop tables, nor use new ones before it is let."""
    options = connection.settings_dict["OPTIONS"]
    role = options.pop("assume_role", None)
    connection.close()
    try:
        yield
    finally:
        if role:
            with connection.cursor() as cursor:
                cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
            connection.close()
            options["assume_role"] = role


@pytest.fixture
def old(cast: Cast) -> Iterator[Any]:
    """The models as they were, in a database that is as it was."""
    with as_owner():
        state = MigrationExecutor(connection).migrate(BEFORE)
        try:
            yield state.apps
        finally:
            forward()


def forward() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def write(old: Any, label: str, **columns: Any) -> Any:
    """A row of an old table, made at `DUE`."""
    with across_tenants():
        row = old.get_model(label)._base_manager.create(id=uuid4(), **columns)
        type(row)._base_manager.filter(pk=row.pk).update(created_at=DUE)
    return row


def now(row: Any) -> QueuedEmail:
    with across_tenants():
        return QueuedEmail.objects.get(pk=row.pk)


def test_what_waits_what_was_sent_and_what_was_given_up_are_carried_over(
    cast: Cast, old: Any
) -> None:
    theirs = {"tenant_id": cast.tenant.pk, "recipient_id": cast.viewer.pk}
    changed = {**theirs, "news": "role_changed", "before": "viewer", "after": "admin"}
    waits = write(old, "accounts.MemberMail", **changed, by="Olive", due_at=DUE, tries=2)
    sent = write(old, "accounts.MemberMail", **changed, sent_at=DUE, problem="")
    dropped = write(old, "accounts.LeavingMail", **theirs, asked_at=DUE, dropped_because="Never.")
    kept = write(old, "accounts.LeavingMail", **theirs, by="Olive", due_at=DUE)
    link = "http://testserver/admin/tokens/oauthclient/1/change/"
    client_id, said = uuid4(), {"why": "It is gone."}
    staff = write(
        old,
        "accounts.StaffMail",
        template="client_refused",
        about=f"client {client_id}",
        link=link,
        said=said,
        due_at=DUE,
    )
    forward()
    row = now(waits)
    assert (row.kind, row.target_id) == ("role_changed", str(cast.viewer.pk))
    assert row.data == {"before": "viewer", "after": "admin", "by": "Olive"}
    assert (row.due_at, row.tries, row.created_at) == (DUE, 2, DUE)
    assert (now(sent).sent_at, now(sent).due_at) == (DUE, None)
    assert now(dropped).dropped_because == "Never."
    assert (now(dropped).kind, now(dropped).occasion) == ("deletion_requested", DUE.isoformat())
    assert (now(kept).kind, now(kept).target_id) == ("deletion_cancelled", str(cast.tenant.pk))
    told = now(staff)
    assert (told.kind, told.target_id, told.tenant) == ("client_refused", str(client_id), None)
    assert told.data == {"said": said, "path": "/admin/tokens/oauthclient/1/change/"}


def test_so_are_those_of_the_other_apps(cast: Cast, old: Any) -> None:
    google = connection_row(cast.tenant)
    request = request_row(google)
    theirs = {"tenant_id": cast.tenant.pk, "recipient_id": cast.owner.pk, "due_at": DUE}
    broken = write(
        old, "tokens.ReconnectMail", **theirs, connection_id=google.pk, broken_at_token=7
    )
    stopped = write(
        old,
        "provisioning.RequestMail",
        **theirs,
        request_id=request.pk,
        news="request_failed",
        moment=DUE,
    )
    with across_tenants():
        account = old.get_model("tokens.ServiceAccount")._base_manager.create(
            id=uuid4(), tenant_id=cast.tenant.pk, email="robot@acme.example"
        )
    refused = write(
        old, "tokens.ServiceAccountMail", **theirs, account_id=account.pk, why="Google refuses it."
    )
    own = write(old, "tokens.ClientMail", **theirs, client_id=google.client_id, why="It is gone.")
    forward()
    assert [(now(row).kind, now(row).target_id) for row in (broken, stopped, refused, own)] == [
        ("connection_broken", str(google.pk)),
        ("request_failed", str(request.pk)),
        ("service_account_refused", str(account.pk)),
        ("own_client_refused", str(google.client_id)),
    ]
    assert now(broken).occasion == "7"
    assert now(stopped).occasion == DUE.isoformat()
    assert now(refused).data == {"why": "Google refuses it."}
    assert {now(row).person for row in (broken, stopped)} == {User.objects.get(pk=cast.owner.pk)}


def test_a_proof_that_no_server_took_so_far_still_reaches_the_owners(
    old: Any, mailoutbox: list[Any]
) -> None:
    erasures = old.get_model("accounts.Erasure").objects
    common = {"asked_at": DUE, "shredded_at": DUE, "rows": {"accounts.MemberMail": 2}}
    letter = {"name": "Acme Agency", "to": ["olive@acme.example", "otto@acme.example"]}
    told = {"finished_at": DUE, "told_at": DUE + timedelta(hours=1)}
    erasures.create(id=uuid4(), organisation=uuid4(), **common, **told)
    late = erasures.create(
        id=uuid4(), organisation=uuid4(), **common, finished_at=DUE, tell_at=DUE, letter=letter
    )
    begun = erasures.create(id=uuid4(), organisation=uuid4(), **common, letter=letter)
    forward()
    assert Erasure.objects.get(pk=late.pk).owners == {}
    assert Erasure.objects.get(pk=begun.pk).owners == letter
    deliver()
    assert sorted(one.to[0] for one in mailoutbox) == letter["to"]
    assert "Acme Agency" in str(mailoutbox[0].body)
