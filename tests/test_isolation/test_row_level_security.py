"""What PostgreSQL itself shows and accepts, whatever the code above forgets."""

import os
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import DataError, ProgrammingError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.row_security import Across, RowAccess, row_access
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, signed_in
from tests.rows import connection_row
from tokens.connections.models.connection import GoogleConnection

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no row-level security"
)
MANY = 10_000
# Whole pages among them: so many here, ten thousand by hand.
PAGES = int(os.environ.get("POOLED_PAGES", "500"))
TABLE = GoogleConnection._meta.db_table


STEPS = [
    *(f"{what} {who}" for what in ("look", "save", "fail") for who in ("ours", "theirs", "nobody")),
    "rollback",
    "release",
]


def failing() -> None:
    """A statement that PostgreSQL refuses, and a rollback of it alone."""
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def said() -> bool:
    """Whether the tenant travelled along with a look at the rows."""
    with connection.cursor() as cursor:
        ahead = cursor.cursor.needed()
    seen()
    return bool(ahead)


def seen() -> list[Any]:
    """What is there for SQL that filters nothing."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tenant_id FROM {TABLE}")  # noqa: S608  # a constant
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def both(cast: Cast) -> Cast:
    """A connection in each of two tenants."""
    connection_row(cast.tenant, "google@acme.example")
    connection_row(cast.elsewhere, "google@other.example")
    return cast


def test_sql_without_a_filter_sees_the_tenant_in_scope_only(both: Cast) -> None:
    with tenant_scope(both.tenant):
        assert seen() == [both.tenant.pk]
    with tenant_scope(both.elsewhere):
        assert seen() == [both.elsewhere.pk]


def test_foreign_rows_are_neither_changed_nor_deleted(both: Cast) -> None:
    with tenant_scope(both.tenant):
        foreign = GoogleConnection._base_manager.filter(tenant=both.elsewhere)
        assert foreign.update(email="taken@over.example") == 0
        assert foreign.delete()[0] == 0
    assert len(seen()) == 2


def test_nothing_is_written_for_another_tenant(both: Cast) -> None:
    with tenant_scope(both.tenant):
        row = GoogleConnection.objects.get()
        row.tenant = both.elsewhere
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            row.save()


def test_an_unscoped_read_reads_everywhere_and_writes_nowhere(both: Cast) -> None:
    with row_access(RowAccess(across=Across.READ)):
        assert len(seen()) == 2
        assert GoogleConnection._base_manager.update(email="x@x.example") == 0


def test_staff_write_everywhere(both: Cast) -> None:
    with across_tenants():
        assert GoogleConnection._base_manager.update(email="x@x.example") == 2


def test_iterators_and_many_rows_at_once_are_covered_too(both: Cast) -> None:
    with tenant_scope(both.tenant):
        rows = list(GoogleConnection._base_manager.all().iterator(chunk_size=1))
        assert [row.tenant_id for row in rows] == [both.tenant.pk]
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {TABLE} SET email = %s",  # noqa: S608  # a constant
                [("a@a.example",), ("b@b.example",)],
            )
            assert cursor.rowcount <= 2
    with across_tenants():
        emails = GoogleConnection._base_manager.filter(tenant=both.elsewhere)
        assert "b@b.example" not in emails.values_list("email", flat=True)


def test_a_savepoint_that_rolls_back_takes_no_access_along(both: Cast) -> None:
    with transaction.atomic(), tenant_scope(both.tenant):
        point = transaction.savepoint()
        assert seen() == [both.tenant.pk]
        transaction.savepoint_rollback(point)
        assert seen() == [both.tenant.pk]


def test_a_rollback_to_another_tenants_savepoint_brings_nobody_elses_rows(both: Cast) -> None:
    """PostgreSQL takes settings back to what they were at the savepoint: there, another's."""
    with transaction.atomic():
        with tenant_scope(both.tenant):
            assert seen() == [both.tenant.pk]
            point = transaction.savepoint()
        with tenant_scope(both.elsewhere):
            assert seen() == [both.elsewhere.pk]
            transaction.savepoint_rollback(point)
            assert seen() == [both.elsewhere.pk]


def test_a_statement_that_fails_leaves_the_next_one_its_own_access(both: Cast) -> None:
    with transaction.atomic():
        with tenant_scope(both.tenant):
            assert seen() == [both.tenant.pk]
        with tenant_scope(both.elsewhere):
            failing()
            assert seen() == [both.elsewhere.pk]
            with pytest.raises(ProgrammingError), connection.cursor() as cursor:
                # Refused before it is sent: PostgreSQL was told nothing.
                cursor.execute("SELECT %s, %s", ["one"])
        with tenant_scope(both.tenant):
            assert seen() == [both.tenant.pk]


def test_inside_a_transaction_the_tenant_is_said_once(both: Cast) -> None:
    """And again only where another one may stand: each time costs the server a query."""
    with transaction.atomic():
        with tenant_scope(both.tenant):
            assert [said() for _ in range(3)] == [True, False, False]
        with tenant_scope(both.elsewhere):
            assert [said() for _ in range(2)] == [True, False]


@pytest.mark.timeout(300)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=25))
def test_whatever_is_opened_and_rolled_back_only_ones_own_rows_are_seen(
    both: Cast, steps: list[str]
) -> None:
    accesses = {
        "ours": RowAccess(both.tenant.pk),
        "theirs": RowAccess(both.elsewhere.pk),
        "nobody": RowAccess(uuid4()),
    }
    rows = {"ours": [both.tenant.pk], "theirs": [both.elsewhere.pk], "nobody": []}
    points: list[str] = []
    with transaction.atomic():
        for step in steps:
            match step.split():
                case ["look", who]:
                    with row_access(accesses[who]):
                        assert seen() == rows[who]
                case ["save", who]:
                    with row_access(accesses[who]):
                        points.append(transaction.savepoint())
                case ["fail", who]:
                    with row_access(accesses[who]):
                        failing()
                case [word] if points:
                    end = (
                        transaction.savepoint_rollback
                        if word == "rollback"
                        else transaction.savepoint_commit
                    )
                    end(points.pop())


def test_leaving_a_scope_inside_a_transaction_closes_the_rows(both: Cast) -> None:
    with transaction.atomic():
        with tenant_scope(both.tenant):
            assert len(seen()) == 1
        with tenant_scope(both.elsewhere):
            assert seen() == [both.elsewhere.pk]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_left_on_the_connection(both: Cast) -> None:
    with tenant_scope(both.tenant):
        assert len(seen()) == 1
    raw = connection.connection.execute("SELECT current_setting('app.tenant', true)").fetchone()
    assert not raw[0]


def test_a_record_without_tenant_may_be_added_and_not_read(cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        AuditEvent.objects.create(tag="accounts:user:signed_in", actor_kind="person")
        assert not AuditEvent._base_manager.filter(tenant=None).exists()


def backend() -> int:
    """Which of the server's processes serves this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.slow
@pytest.mark.timeout(600 + PAGES // 5)
def test_two_tenants_on_one_connection_never_see_each_other(both: Cast) -> None:
    """So many requests in turn, some through the whole stack, on the connection of this thread."""
    browsers = [
        (signed_in(both.owner), both.tenant, b"@acme.example", b"@other.example"),
        (signed_in(both.outsider), both.elsewhere, b"@other.example", b"@acme.example"),
    ]
    began = backend()
    for number in range(PAGES):
        browser, tenant, ours, foreign = browsers[number % 2]
        answer = browser.get(f"/t/{tenant.slug}/connections/")
        assert answer.status_code == 200
        assert b"google" + ours in answer.content
        assert foreign not in answer.content
    for number in range(MANY):
        tenant = browsers[number % 2][1]
        with tenant_scope(tenant):
            assert seen() == [tenant.pk]
    assert backend() == began
