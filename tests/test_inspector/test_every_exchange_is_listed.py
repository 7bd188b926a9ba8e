"""Whatever the portal says to Google can be looked at afterwards, and opens no door."""

import json
from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse

from accounts.users.models import User
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast, signed_in, with_second_step
from tests.emulator.thread import EmulatorThread
from tests.exchanges import exchange_row, exchanges_of, leaks
from tests.journeys import answer_terms, connect, connected, fresh, new_request, work
from tests.rows import connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.exchanges.models import Exchange
from tokens.exchanges.recording import Subject


@pytest.fixture
def connection(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


@pytest.fixture
def done(
    owner_browser: Client, connection: GoogleConnection, google: EmulatorThread
) -> ProvisioningRequest:
    request = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, request, google)
    work()
    return fresh(request.pk)


def page(browser: Client, row: Exchange) -> str:
    answer = browser.get(reverse("exchange", args=[row.tenant.slug, row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def listed(browser: Client, cast: Cast, **filters: Any) -> str:
    answer = browser.get(reverse("exchanges", args=[cast.tenant.slug]), filters)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_whole_main_job_stands_under_its_request(
    owner_browser: Client, cast: Cast, done: ProvisioningRequest
) -> None:
    own = [row for row in exchanges_of(cast.tenant) if row.subject == done.pk]
    calls = {f"{row.method} {row.path.partition('?')[0]}" for row in own}
    account, stream = done.account, "dataStreams"
    assert {
        "POST /v1beta/accounts:provisionAccountTicket",
        "GET /v1beta/accounts",
        "POST /v1beta/properties",
        f"POST /v1beta/properties/{account.property_id}/{stream}",
    } <= calls
    request_page = owner_browser.get(done.get_absolute_url()).content.decode()
    assert f"{reverse('exchanges', args=[cast.tenant.slug])}?subject={done.pk}" in request_page
    shown = listed(owner_browser, cast, subject=done.pk)
    for row in own:
        assert str(row.pk) in shown
    for other in set(exchanges_of(cast.tenant)) - set(own):
        assert str(other.pk) not in shown


def test_the_page_of_a_connection_leads_to_all_of_its_exchanges(
    owner_browser: Client, cast: Cast, done: ProvisioningRequest, connection: GoogleConnection
) -> None:
    shown = owner_browser.get(connection.get_absolute_url()).content.decode()
    assert f"{reverse('exchanges', args=[cast.tenant.slug])}?connection={connection.pk}" in shown
    own = [row for row in exchanges_of(cast.tenant) if row.connection_id == connection.pk]
    everything = listed(owner_browser, cast, connection=connection.pk)
    assert own
    assert all(str(row.pk) in shown and str(row.pk) in everything for row in own)


def test_neither_rows_nor_pages_show_anything_secret(
    owner_browser: Client, cast: Cast, done: ProvisioningRequest
) -> None:
    rows = exchanges_of(cast.tenant)
    pages = [page(owner_browser, row) for row in rows]
    assert len(rows) >= 6
    assert leaks(json.dumps(model_to_dict(row), default=str) for row in rows) == []
    assert leaks([*pages, listed(owner_browser, cast)]) == []


def test_a_page_shows_both_halves_of_an_exchange(
    owner_browser: Client, cast: Cast, done: ProvisioningRequest
) -> None:
    rows = exchanges_of(cast.tenant)
    [ticket] = [row for row in rows if row.url.endswith(":provisionAccountTicket")]
    shown = page(owner_browser, ticket)
    for words in (
        "accounts:provisionAccountTicket",
        "Authorization: Bearer [",
        "Content-Type: application/json",
        "&quot;displayName&quot;: &quot;Bluebird Bakery&quot;",
        "1 of 1 at this address for the same request",
        "Authorization: Bearer $ACCESS_TOKEN",
        ticket.reference,
        f"?subject={done.pk}",
        reverse("connection", args=[cast.tenant.slug, ticket.connection_id]),
    ):
        assert words in shown


def test_a_flow_is_told_from_a_request(
    owner_browser: Client, cast: Cast, connection: GoogleConnection
) -> None:
    [code] = [row for row in exchanges_of(cast.tenant) if "code" in row.request_body]
    shown = page(owner_browser, code)
    assert reverse("flow", args=[cast.tenant.slug, code.subject]) in shown
    assert "--data-urlencode code=&quot;$CODE&quot;" in shown
    assert "--data-urlencode client_secret=&quot;$CLIENT_SECRET&quot;" in shown


def test_a_call_that_was_repeated_has_a_number(owner_browser: Client, cast: Cast) -> None:
    connection = connection_row(cast.tenant)
    subject = Subject(cast.tenant.pk, connection.pk, connection.pk)
    rows = [exchange_row(subject) for _ in range(3)]
    for number, row in enumerate(rows, start=1):
        assert f"{number} of 3 at this address" in page(owner_browser, row)


def test_an_error_says_what_it_means(owner_browser: Client, cast: Cast) -> None:
    subject = Subject(cast.tenant.pk, connection_row(cast.tenant).pk)
    refused = exchange_row(subject, status=400, error="grant_dead")
    silent = exchange_row(subject, status=None, response_body=None, error="timeout")
    assert "permission was withdrawn or has expired" in page(owner_browser, refused)
    assert "No answer" in page(owner_browser, silent)
    assert "Google did not answer in time" in page(owner_browser, silent)


def test_a_viewer_may_look(cast: Cast) -> None:
    row = exchange_row(Subject(cast.tenant.pk))
    assert str(row.pk) in listed(signed_in(cast.viewer), cast)
    page(signed_in(cast.viewer), row)


@pytest.mark.parametrize("name", ["exchanges", "exchange"])
def test_exchanges_belong_to_the_google_accounts(
    owner_browser: Client, cast: Cast, name: str
) -> None:
    row = exchange_row(Subject(cast.tenant.pk))
    args = [cast.tenant.slug] if name == "exchanges" else [cast.tenant.slug, row.pk]
    answer = owner_browser.get(reverse(name, args=args))
    assert answer.context["shell"].section == "connections"


def test_the_reference_of_a_page_finds_what_was_said_for_it(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    answer = connect(owner_browser, cast.tenant, google)
    [row] = exchanges_of(cast.tenant)
    assert row.reference == answer["X-Reference-Id"]
    assert str(row.pk) in listed(owner_browser, cast, reference=answer["X-Reference-Id"])


def test_staff_see_the_same_redacted_rows(
    cast: Cast, done: ProvisioningRequest, admin_user: User
) -> None:
    [ticket] = [row for row in exchanges_of(cast.tenant) if "AccountTicket" in row.url]
    answer = with_second_step(admin_user).get(
        reverse("admin:tokens_exchange_change", args=[ticket.pk])
    )
    shown = answer.content.decode()
    assert "Bearer [" in shown
    assert "X-Goog-Api-Client" in shown
    assert leaks([shown]) == []
