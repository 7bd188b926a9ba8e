"""The CSV file: what the list shows, all of it, and nothing that a spreadsheet would run."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from provisioning.requests.exports import HEADINGS
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from provisioning.requests.views import lists
from tests.cast import Cast
from tests.rows import connection_row, request_row


def downloaded(browser: Client, cast: Cast, **query: str) -> list[dict[str, str]]:
    answer = browser.get(reverse("requests-export", args=[cast.tenant.slug]), query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_all_that_the_filters_find_is_in_the_file(
    owner_browser: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_CHUNK", 3)
    connection = connection_row(cast.tenant)
    for number in range(10):
        status = Status.FAILED if number % 2 else Status.COMPLETED
        request_row(connection, status, account_name=f"Shop {number}")
    request_row(connection_row(cast.elsewhere), account_name="Theirs")
    everything = downloaded(owner_browser, cast)
    assert [row["Account name"] for row in everything] == [f"Shop {n}" for n in range(9, -1, -1)]
    assert tuple(everything[0]) == HEADINGS
    failed = downloaded(owner_browser, cast, status="failed")
    assert [row["Account name"] for row in failed] == [f"Shop {n}" for n in range(9, 0, -2)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(owner_browser: Client, cast: Cast, start: str) -> None:
    request_row(connection_row(cast.tenant), account_name=f"{start}cmd|' /C calc'!A0")
    (row,) = downloaded(owner_browser, cast)
    assert row["Account name"].startswith(f"'{start}")


def test_many_rows_are_sent_with_few_in_memory(
    owner_browser: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_CHUNK", 5)
    connection = connection_row(cast.tenant)
    for _ in range(12):
        request_row(connection)
    assert len(downloaded(owner_browser, cast)) == 12
    assert ProvisioningRequest._base_manager.count() == 12
