"""The audit log: who did what, found by filters, told in words, taken away as a file."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.audit.events import ActorKind, Event
from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import Actor, by_google, by_worker, record
from accounts.audit.services.chain import link_new
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.members import change_role
from accounts.members.services.tenants import change_tenant
from accounts.tenancy.scope import across_tenants, tenant_scope
from portal.audit_log import reading
from portal.audit_log.files import HEADINGS
from tests.cast import Cast, signed_in
from tests.rows import connection_row
from tokens.events import Event as TokenEvent


def page(browser: Client, cast: Cast, **query: str) -> str:
    answer = browser.get(reverse("audit", args=[cast.tenant.slug]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def whats(browser: Client, cast: Cast, **query: str) -> list[str]:
    """What the lines of the page say was done."""
    answer = browser.get(reverse("audit", args=[cast.tenant.slug]), query)
    return [line.what for line in answer.context["lines"]]


def by(cast: Cast, kind: ActorKind = ActorKind.PERSON, **fields: Any) -> Actor:
    values: dict[str, Any] = {
        "user": cast.teammate,
        "ip": "203.0.113.7",
        "user_agent": "Walkers/1.0",
    }
    return Actor(kind, **(values | fields))


def many(cast: Cast, count: int, **data: Any) -> None:
    with tenant_scope(cast.tenant):
        for number in range(count):
            record(
                Event.TENANT_CHANGED,
                by_worker(),
                target=cast.tenant,
                tenant_id=cast.tenant.pk,
                number=number,
                **data,
            )


def test_a_change_is_told_with_who_where_before_and_after(
    owner_browser: Client, cast: Cast
) -> None:
    with tenant_scope(cast.tenant):
        row = Membership.objects.get(tenant=cast.tenant, user=cast.viewer)
        change_role(row, Role.ADMIN, by(cast))
        change_tenant(cast.tenant, by(cast), name="Acme & Sons")
    text = page(owner_browser, cast)
    for words in (
        "Role of a member changed",
        "viewer → admin",
        "Name: Acme Agency → Acme &amp; Sons",
        "tim@acme.example",
        "203.0.113.7",
        "Walkers/1.0",
        "A page of the portal",
    ):
        assert words in text
    assert "accounts:" not in text.replace('value="accounts:', "")


def test_staff_stand_out_with_their_reason(owner_browser: Client, cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        record(
            Event.SUPPORT_STARTED,
            by(cast, ActorKind.STAFF, user=cast.outsider, why="Ticket 4711 <b>"),
            target=cast.tenant,
            tenant_id=cast.tenant.pk,
        )
    text = page(owner_browser, cast, actor="staff")
    assert "Reason: Ticket 4711 &lt;b&gt;" in text
    assert "otto@other.example" in text
    assert "tone-warn" in text
    assert "Staff pages" in text
    assert whats(owner_browser, cast, actor="staff") == ["Support view opened"]


def test_objects_are_linked_while_they_exist(owner_browser: Client, cast: Cast) -> None:
    row = connection_row(cast.tenant)
    with tenant_scope(cast.tenant):
        record(TokenEvent.CONNECTION_CONNECTED, by_google(), target=row)
        address = f'href="{row.get_absolute_url()}"'
        assert address in page(owner_browser, cast)
        row.delete()
    text = page(owner_browser, cast)
    assert address not in text
    assert row.email in text


def test_every_filter_narrows(owner_browser: Client, cast: Cast) -> None:
    with tenant_scope(cast.tenant):
        row = connection_row(cast.tenant, "shop@gmail.example")
        record(TokenEvent.CONNECTION_CONNECTED, by(cast), target=row)
    only = ["Google account connected"]
    today = timezone.localdate()
    tomorrow = (today + timedelta(days=1)).isoformat()
    for query in (
        {"person": "tim@"},
        {"person": "Teammate"},
        {"action": "tokens:connection:connected"},
        {"ip": "203.0.113.7"},
        {"object": "shop@gmail"},
        {"object": str(row.pk)},
        {"actor": "person", "since": today.isoformat(), "until": today.isoformat()},
    ):
        assert whats(owner_browser, cast, **query) == only, query
    assert whats(owner_browser, cast, since=tomorrow) == []
    assert len(whats(owner_browser, cast, until=tomorrow)) > 1


@pytest.mark.parametrize(
    "query", [{"ip": "here"}, {"since": "soon"}, {"action": "no:such:tag"}, {"actor": "cat"}]
)
def test_a_filter_that_is_not_understood_shows_nothing_and_says_so(
    owner_browser: Client, cast: Cast, query: dict[str, str]
) -> None:
    assert "Nothing matches" in page(owner_browser, cast, **query)


@pytest.mark.parametrize("place", ["", "x", "2026-01-01_x", "_", "2026-13-01T00:00:00+00:00_1"])
def test_a_place_that_is_none_begins_at_the_newest(
    owner_browser: Client, cast: Cast, place: str
) -> None:
    assert whats(owner_browser, cast, before=place) == whats(owner_browser, cast)


def test_pages_follow_each_other_without_a_gap_even_within_one_moment(
    owner_browser: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    many(cast, 120)
    monkeypatch.undo()
    seen, place = [], ""
    for _ in range(9):
        answer = owner_browser.get(
            reverse("audit", args=[cast.tenant.slug]), {"before": place} if place else {}
        )
        seen += [line.event.pk for line in answer.context["lines"]]
        place = answer.context["older"]
        if not place:
            break
    with tenant_scope(cast.tenant):
        assert sorted(seen) == sorted(AuditEvent.objects.values_list("pk", flat=True))


def test_a_page_asks_alike_however_long_the_log_is(owner_browser: Client, cast: Cast) -> None:
    def asked() -> int:
        page(owner_browser, cast)
        with CaptureQueriesContext(connection) as queries:
            page(owner_browser, cast)
        return len(queries)

    def connected(count: int) -> None:
        with tenant_scope(cast.tenant):
            for number in range(count):
                row = connection_row(cast.tenant, f"shop{AuditEvent.objects.count()}@gmail.example")
                record(TokenEvent.CONNECTION_CONNECTED, by(cast), target=row, number=number)

    connected(2)
    few = asked()
    connected(20)
    assert asked() == few <= 20
    many(cast, 200)
    assert asked() <= few


def test_the_log_of_others_is_not_in_it(owner_browser: Client, cast: Cast) -> None:
    with tenant_scope(cast.elsewhere):
        change_tenant(cast.elsewhere, by_worker(), name="Canary-of-the-others")
    assert "Canary-of-the-others" not in page(owner_browser, cast)
    answer = owner_browser.get(reverse("audit-export", args=[cast.tenant.slug]))
    assert "Canary-of-the-others" not in answer.getvalue().decode()


def test_the_page_says_how_far_the_chain_reaches(owner_browser: Client, cast: Cast) -> None:
    assert "No record is sealed yet" in page(owner_browser, cast)
    count = link_new(cast.tenant)
    text = page(owner_browser, cast)
    assert f"{count} records in one chain" in text
    assert "manage.py verify_audit" in text


def downloaded(browser: Client, cast: Cast, **query: str) -> list[dict[str, str]]:
    answer = browser.get(reverse("audit-export", args=[cast.tenant.slug]), query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_file_has_all_that_the_filters_find(
    owner_browser: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_CHUNK", 7)
    many(cast, 60)
    rows = downloaded(owner_browser, cast, action="accounts:tenant:changed")
    assert len(rows) == 60
    assert tuple(rows[0]) == HEADINGS
    assert {row["Action"] for row in rows} == {"Settings of the organisation changed"}


def test_taking_the_file_is_recorded(owner_browser: Client, cast: Cast) -> None:
    downloaded(owner_browser, cast, actor="worker")
    with across_tenants():
        event = AuditEvent.objects.get(tag=Event.AUDIT_EXPORTED)
    assert (event.tenant, event.actor) == (cast.tenant, cast.owner)
    assert event.data == {"filters": "actor=worker"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(owner_browser: Client, cast: Cast, start: str) -> None:
    with tenant_scope(cast.tenant):
        record(
            Event.TENANT_CHANGED,
            by(cast, user_agent=f"{start}cmd|' /C calc'!A0"),
            target=cast.tenant,
            tenant_id=cast.tenant.pk,
        )
    (row,) = downloaded(owner_browser, cast, ip="203.0.113.7")
    assert row["Browser"].startswith(f"'{start}")


def test_an_admin_may_read_it(cast: Cast) -> None:
    browser = signed_in(cast.teammate)
    assert reverse("audit", args=[cast.tenant.slug]) in page(browser, cast)
