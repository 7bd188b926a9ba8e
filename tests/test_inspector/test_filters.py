"""The list of exchanges is narrowed by its address."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast
from tests.exchanges import TOKEN_URL, exchange_row
from tests.rows import connection_row
from tokens.exchanges.models import Exchange
from tokens.exchanges.recording import Subject
from tokens.inspector import views as inspector

REQUEST = uuid.uuid4()
API = "https://analyticsadmin.googleapis.com/v1beta/accounts"


@pytest.fixture
def rows(cast: Cast) -> dict[str, Exchange]:
    one = connection_row(cast.tenant, "one@gmail.example").pk
    two = connection_row(cast.tenant, "two@gmail.example").pk
    tenant = cast.tenant.pk
    old = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    rows = {
        "fine": exchange_row(Subject(tenant, one, REQUEST), url=f"{API}?pageSize=200"),
        "refused": exchange_row(Subject(tenant, one), status=400, error="grant_dead"),
        "odd": exchange_row(Subject(tenant, two), error="malformed_answer"),
        "silent": exchange_row(Subject(tenant, two), status=None, error="timeout"),
        "old": exchange_row(Subject(tenant, two), at=old),
    }
    Exchange._base_manager.filter(pk=rows["fine"].pk).update(reference="ref-of-an-error-page")
    return rows


def found(browser: Client, cast: Cast, rows: dict[str, Exchange], **filters: Any) -> set[str]:
    answer = browser.get(reverse("exchanges", args=[cast.tenant.slug]), filters)
    assert answer.status_code == 200
    page = answer.content.decode()
    return {name for name, row in rows.items() if str(row.pk) in page}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, {"fine", "refused", "odd", "silent", "old"}),
        ({"q": "V1BETA/ACCOUNTS"}, {"fine"}),
        ({"result": "ok"}, {"fine", "old"}),
        ({"result": "error"}, {"refused", "odd"}),
        ({"result": "none"}, {"silent"}),
        ({"error": "grant_dead"}, {"refused"}),
        ({"reference": " ref-of-an-error-page "}, {"fine"}),
        ({"subject": str(REQUEST)}, {"fine"}),
        ({"until": "2026-01-31"}, {"old"}),
        ({"since": "2026-01-31", "until": "2026-01-31"}, {"old"}),
        ({"until": "2026-01-30"}, set()),
        ({"since": "2026-02-01"}, {"fine", "refused", "odd", "silent"}),
        ({"q": TOKEN_URL, "result": "none"}, {"silent"}),
    ],
)
def test_each_filter_finds_what_it_says(
    owner_browser: Client,
    cast: Cast,
    rows: dict[str, Exchange],
    filters: dict[str, str],
    names: set[str],
) -> None:
    assert found(owner_browser, cast, rows, **filters) == names


def test_a_google_account_is_chosen_from_those_of_this_tenant(
    owner_browser: Client, cast: Cast, rows: dict[str, Exchange]
) -> None:
    theirs = connection_row(cast.elsewhere, "theirs@gmail.example")
    own = rows["refused"].connection_id
    assert found(owner_browser, cast, rows, connection=own) == {"fine", "refused"}
    assert found(owner_browser, cast, rows, connection=theirs.pk) == set()
    page = owner_browser.get(reverse("exchanges", args=[cast.tenant.slug])).content.decode()
    assert "theirs" not in page


@pytest.mark.parametrize(
    "filters",
    [
        {"subject": "not-an-id"},
        {"result": "perhaps"},
        {"since": "yesterday"},
        {"connection": "1"},
        {"page": "-7"},
        {"since": "0001-01-01", "until": "9999-12-31"},
    ],
)
def test_what_cannot_be_understood_breaks_nothing_and_is_not_taken_for_everything(
    owner_browser: Client, cast: Cast, rows: dict[str, Exchange], filters: dict[str, str]
) -> None:
    names = found(owner_browser, cast, rows, **filters)
    assert names == (set(rows) if filters.keys() & {"page", "until"} else set())


def test_the_newest_stand_first_and_pages_keep_the_filters(
    owner_browser: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspector, "_PAGE_SIZE", 2)
    now = timezone.now()
    subject = Subject(cast.tenant.pk)
    rows = [exchange_row(subject, now - timedelta(hours=hours)) for hours in range(5)]
    url = reverse("exchanges", args=[cast.tenant.slug])
    first = owner_browser.get(url, {"result": "ok"})
    assert [row.pk for row in first.context["page_obj"]] == [rows[0].pk, rows[1].pk]
    assert "?result=ok&amp;page=2" in first.content.decode()
    last = owner_browser.get(url, {"result": "ok", "page": "3"})
    assert [row.pk for row in last.context["page_obj"]] == [rows[4].pk]


def test_counting_ends_where_nobody_turns_pages_any_more(
    owner_browser: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspector, "_REACH", 3)
    for _ in range(5):
        exchange_row(Subject(cast.tenant.pk))
    answer = owner_browser.get(reverse("exchanges", args=[cast.tenant.slug]))
    assert answer.context["page_obj"].paginator.count == 3
    assert "The newest 3 are listed" in answer.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_list(
    owner_browser: Client, cast: Cast
) -> None:
    url = reverse("exchanges", args=[cast.tenant.slug])
    owner_browser.get(url)  # The first page of a session also writes down that it is used.
    asked = []
    for size in (5, 50):
        for n in range(size):
            row = connection_row(cast.tenant, f"{size}-{n}@gmail.example").pk
            exchange_row(Subject(cast.tenant.pk, row), error="timeout", status=None)
        with CaptureQueriesContext(connection) as queries:
            assert len(owner_browser.get(url).context["page_obj"]) >= size
        asked.append(len(queries))
    assert asked[0] == asked[1]
