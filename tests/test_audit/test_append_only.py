"""What was recorded stays as it was, and a chain of hashes shows when it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError

from accounts.audit.models.event import AuditEvent
from accounts.audit.models.link import AuditLink
from accounts.audit.recording import by_worker, record
from accounts.audit.services.chain import link_new, verify_chain
from accounts.audit.tasks import link_audit
from accounts.tenancy.scope import across_tenants
from tests.cast import Cast

ON_POSTGRESQL = connection.vendor == "postgresql"


@contextmanager
def as_intruder() -> Iterator[None]:
    """Somebody who can switch the database's own guard off: no trigger fires for them."""
    if ON_POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("RESET session_replication_role")
            cursor.execute("SET ROLE portal_tests")
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER accounts_auditevent_append_only")
        yield


@pytest.mark.parametrize("model", [AuditEvent, AuditLink])
def test_the_database_refuses_to_change_it(cast: Cast, model: type[AuditEvent | AuditLink]) -> None:
    link_new(cast.tenant)
    field = "tag" if model is AuditEvent else "digest"
    with (
        across_tenants(),
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
    ):
        model._base_manager.update(**{field: "x"})


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite's test databases are emptied row by row")
@pytest.mark.parametrize("model", [AuditEvent, AuditLink])
def test_the_database_refuses_to_remove_it(cast: Cast, model: type[AuditEvent | AuditLink]) -> None:
    link_new(cast.tenant)
    with (
        across_tenants(),
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
    ):
        model._base_manager.all().delete()


def test_the_clock_chains_each_tenant_s_records_and_those_of_none(cast: Cast) -> None:
    record("accounts:user:signed_in", by_worker(), target=cast.owner)
    link_audit()
    link_audit()
    assert AuditLink._base_manager.count() == AuditEvent._base_manager.count()
    assert verify_chain(cast.tenant).links == 4
    assert verify_chain(cast.elsewhere).links == 2
    assert verify_chain(None).links >= 1


def test_a_chain_grows_where_it_ended(cast: Cast) -> None:
    assert link_new(cast.tenant) == 4
    before = verify_chain(cast.tenant)
    record("accounts:tenant:renamed", by_worker(), tenant_id=cast.tenant.pk, to="New")
    assert link_new(cast.tenant) == 1
    after = verify_chain(cast.tenant)
    assert (after.links, after.broken) == (before.links + 1, "")
    assert after.head != before.head


def test_a_changed_record_is_named(cast: Cast) -> None:
    link_new(cast.tenant)
    second = AuditLink._base_manager.get(tenant=cast.tenant, sequence=2)
    with as_intruder():
        AuditEvent._base_manager.filter(pk=second.event_id).update(target_label="Somebody else")
    status = verify_chain(cast.tenant)
    assert status.links == 1
    assert status.broken == f"record {second.event_id} (link 2): it was changed"
    assert verify_chain(cast.elsewhere).broken == ""


def test_a_removed_record_is_named_and_the_command_ends_with_one(cast: Cast) -> None:
    link_new(cast.tenant)
    third = AuditLink._base_manager.get(tenant=cast.tenant, sequence=3)
    with as_intruder():
        AuditEvent._base_manager.filter(pk=third.event_id).delete()
    said, complained = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=said, stderr=complained)
    assert ended.value.code == 1
    assert f"record {third.event_id} (link 3): it was removed" in complained.getvalue()
    assert f"ok      {cast.elsewhere.slug}: 2 records" in said.getvalue()


def test_the_command_says_that_all_is_well(cast: Cast) -> None:
    said = StringIO()
    call_command("verify_audit", tenant=cast.tenant.slug, stdout=said)
    head = verify_chain(cast.tenant).head
    assert said.getvalue() == f"ok      {cast.tenant.slug}: 4 records, head {head}\n"
