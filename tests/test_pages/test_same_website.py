"""A website that is here already: said beside the field, with a link, and allowed on purpose."""

import uuid
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.defaults import Flow
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.same_website import spellings
from provisioning.requests.states import FailureReason, Status
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, fresh, new_request, submit_details, work
from tests.rows import connection_row, request_row
from tokens.connections.models.connection import GoogleConnection

HERE = "https://bluebird.example"
SAID = "You have this website already."
ON_PURPOSE = "Create another Analytics account for it"


@pytest.fixture
def connection(cast: Cast) -> GoogleConnection:
    return connection_row(cast.tenant)


def count() -> int:
    return ProvisioningRequest._base_manager.count()


def send(browser: Client, cast: Cast, website: str, again_for: str = "", **data: str) -> Any:
    return submit_details(
        browser, cast.tenant, website_url=website, again_for=again_for, connection="new", **data
    )


@pytest.mark.parametrize(
    "typed",
    [
        "bluebird.example",
        "www.bluebird.example",
        "http://bluebird.example",
        "https://WWW.Bluebird.example/",
    ],
)
def test_the_same_website_is_said_beside_the_field_with_a_link(
    owner_browser: Client, cast: Cast, connection: GoogleConnection, typed: str
) -> None:
    first = request_row(connection)
    answer = send(owner_browser, cast, typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert answer.context["form"].errors["website_url"] == [f"{SAID} See below."]
    beside = page.split('id="same-website"')[1].split('id="id_account_name"')[0]
    assert first.get_absolute_url() in beside
    assert first.word in beside
    assert ON_PURPOSE in beside
    assert count() == 1


def test_on_purpose_it_is_made(
    owner_browser: Client, cast: Cast, connection: GoogleConnection
) -> None:
    request_row(connection)
    assert send(owner_browser, cast, "www.bluebird.example", HERE).status_code == 422
    answer = send(owner_browser, cast, "bluebird.example", HERE)
    assert answer.status_code == 303
    assert count() == 2


def test_a_tick_for_one_website_is_none_for_another(
    owner_browser: Client, cast: Cast, connection: GoogleConnection
) -> None:
    request_row(connection)
    request_row(connection, website_url="https://kite.example")
    answer = send(owner_browser, cast, "kite.example", HERE)
    assert answer.status_code == 422
    assert 'value="https://kite.example"' in answer.content.decode()
    assert 'id="again-for"' in answer.content.decode()
    assert "checked" not in answer.content.decode().split('id="again-for"')[1].split(">")[0]


@pytest.mark.parametrize(
    "other",
    [
        {"website_url": "https://bluebird.example/shop"},
        {"website_url": "https://shop.bluebird.example"},
        {"status": Status.CANCELLED},
        {"status": Status.FAILED, "failure": FailureReason.API_GONE.value},
    ],
    ids=["another path", "another host", "a cancelled request", "an API that is gone"],
)
def test_what_is_not_the_same_is_not_asked_about(
    owner_browser: Client, cast: Cast, connection: GoogleConnection, other: dict[str, Any]
) -> None:
    request_row(connection, **other)
    assert send(owner_browser, cast, "bluebird.example").status_code == 303


def test_an_account_that_exists_is_named_with_its_id(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    answer_terms(owner_browser, request, google)
    work()
    page = send(owner_browser, cast, "bluebird.example").content.decode()
    made = fresh(request.pk).provisioned
    assert made is not None
    assert made.account_id in page.split('id="same-website"')[1]
    assert "Open its account" in page


def test_another_organisation_s_websites_are_nobody_s_business(
    owner_browser: Client, cast: Cast, connection: GoogleConnection
) -> None:
    del connection
    request_row(connection_row(cast.elsewhere))
    assert send(owner_browser, cast, "bluebird.example").status_code == 303


def test_the_same_form_sent_twice_still_makes_one_and_says_so(
    owner_browser: Client, cast: Cast
) -> None:
    submission = str(uuid.uuid4())
    answers = [
        send(owner_browser, cast, "bluebird.example", submission=submission) for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert count() == 1


def test_details_that_are_changed_are_not_held_against_themselves(
    owner_browser: Client, cast: Cast, connection: GoogleConnection
) -> None:
    row = request_row(connection, Status.DECLINED)
    page = reverse("request-details", args=[cast.tenant.slug, row.pk])
    assert SAID not in owner_browser.get(page).content.decode()
    data = {
        "submission": str(uuid.uuid4()),
        "account_name": "Bluebird",
        "website_url": "bluebird.example",
        "time_zone": "Europe/Madrid",
        "region_code": "ES",
        "connection": str(connection.pk),
    }
    assert owner_browser.post(page, data).status_code == 303
    request_row(connection)
    row = request_row(connection, Status.DECLINED)
    page = reverse("request-details", args=[cast.tenant.slug, row.pk])
    assert owner_browser.post(page, data).status_code == 422


@pytest.mark.parametrize("flow", [Flow.BEFORE, Flow.PREFILLED])
def test_a_website_that_a_link_fills_in_is_told_at_once(
    owner_browser: Client, cast: Cast, connection: GoogleConnection, flow: Flow
) -> None:
    row = request_row(connection)
    page = reverse("request-new", args=[cast.tenant.slug])
    shown = owner_browser.get(page, {"flow": flow, "website_url": "www.bluebird.example"})
    text = shown.content.decode()
    assert row.get_absolute_url() in text
    assert ON_PURPOSE in text


def test_while_somebody_types_only_what_there_is_comes_back(
    owner_browser: Client, cast: Cast, connection: GoogleConnection
) -> None:
    row = request_row(connection)
    address = reverse("same-website", args=[cast.tenant.slug])
    page = owner_browser.get(address, {"website_url": "bluebird.example"})
    assert page["Location"].endswith("/requests/new/?website_url=bluebird.example")
    typing = {"HX-Request": "true"}
    there = owner_browser.get(
        address, {"website_url": "bluebird.example"}, headers=typing
    ).content.decode()
    assert row.get_absolute_url() in there
    assert "<html" not in there
    for typed in ("kite.example", "", "not a website", "xn--strae-oqa.de", "xn--0.de"):
        nothing = owner_browser.get(address, {"website_url": typed}, headers=typing)
        assert nothing.status_code == 200
        assert ON_PURPOSE not in nothing.content.decode()
    query = {"website_url": "bluebird.example", "changes": str(row.pk)}
    mine = owner_browser.get(address, query, headers=typing)
    assert ON_PURPOSE not in mine.content.decode()
    assert signed_in(cast.outsider).get(address).status_code == 404
    assert signed_in(cast.viewer).get(address).status_code == 403


def test_it_is_found_by_one_query(cast: Cast, connection: GoogleConnection) -> None:
    request_row(connection)
    with tenant_scope(cast.tenant), CaptureQueriesContext(database) as queries:
        found = list(ProvisioningRequest.objects.for_website(HERE))
        assert [(row.provisioned, row.word) for row in found] == [(None, "Waiting for terms")]
        assert found[0].get_absolute_url()
    selects = [one for one in queries.captured_queries if one["sql"].startswith("SELECT")]
    assert len(selects) <= 2


def test_the_spellings_of_a_website() -> None:
    assert set(spellings("http://www.bluebird.example:8080/shop/?a=1")) == {
        f"{scheme}://{www}bluebird.example:8080/shop{slash}?a=1"
        for scheme in ("http", "https")
        for www in ("", "www.")
        for slash in ("", "/")
    }
