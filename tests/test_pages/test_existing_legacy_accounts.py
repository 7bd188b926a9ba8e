"""Existing accounts of Universal Analytics: found among thousands, verified, or said to be gone."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.tenancy.scope import across_tenants, tenant_scope
from provisioning.analytics.backends import Backend
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.emulator.seed import add_accounts, add_legacy_accounts
from tests.emulator.state import Account, LegacyView
from tests.emulator.thread import EmulatorThread
from tests.journeys import SHOP, connected, fresh
from tests.rows import request_row
from tests.scripting import script
from tests.test_credentials.conftest import ROBOT, Desk
from tokens.connections.models.connection import GoogleConnection
from tokens.service_accounts.models.service_account import ServiceAccount

pytestmark = pytest.mark.usefixtures("legacy")
SUMMARIES = "/analytics/v3/management/accountSummaries"


@pytest.fixture
def connection(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


class Finder:
    """Somebody of Acme who looks for an account and picks it."""

    def __init__(self, browser: Client, cast: Cast, google: EmulatorThread) -> None:
        self.browser = browser
        self.google = google
        self.address = reverse("request-existing", args=[cast.tenant.slug])

    def sees(self, **query: str) -> Any:
        return self.browser.get(self.address, query)

    def picks(self, connection: GoogleConnection | ServiceAccount, **form: str) -> Any:
        data = {"connection": str(connection.pk), "submission": str(uuid.uuid4()), **form}
        return self.browser.post(self.address, data, follow=True)

    def has(self, sub: str, many: int) -> list[Account]:
        return self.google.call(lambda world: add_legacy_accounts(world.state, sub, many))

    def view_of(self, account: Account) -> LegacyView:
        views = self.google.state.legacy_views.values()
        return next(view for view in views if view.property_id == f"UA-{account.id}-1")

    def ids_of(self, account: Account) -> dict[str, str]:
        view = self.view_of(account)
        return {"account": account.id, "property": view.property_id, "stream": view.id}


@pytest.fixture
def finder(owner_browser: Client, cast: Cast, google: EmulatorThread) -> Finder:
    return Finder(owner_browser, cast, google)


def recorded() -> list[ProvisionedAccount]:
    with across_tenants():
        return list(ProvisionedAccount.objects.select_related("request"))


def test_all_650_accounts_can_be_reached(finder: Finder, connection: GoogleConnection) -> None:
    ids = {account.id for account in finder.has(connection.sub, 650)}
    # Nobody turns 26 pages in ten seconds, but this test does.
    finder.google.call(lambda world: setattr(world.state.limits, "v3_calls_second", 100))
    seen: set[str] = set()
    for page in range(1, 27):
        text = finder.sees(page=str(page)).content.decode()
        seen |= set(re.findall(r'class="sub id">(\d+)<', text))
    assert seen == ids


def test_google_is_asked_for_every_page_of_its_list(
    finder: Finder, connection: GoogleConnection
) -> None:
    made = finder.has(connection.sub, 2300)
    page = finder.sees(q=f"UA-{made[-1].id}-1")
    assert page.context["many"] == 2300
    assert [one.account_id for one in page.context["page_obj"].object_list] == [made[-1].id]
    asked = finder.google.call(lambda world: world.log.since(0, SUMMARIES))
    assert ["start-index" in entry["query"] for entry in asked] == [True, True, True]


def test_a_property_and_its_view_are_picked_verified_and_recorded(
    finder: Finder, connection: GoogleConnection
) -> None:
    account, _ = finder.has(connection.sub, 2)
    ids = finder.ids_of(account)
    page = finder.sees(**ids).content.decode()
    assert "All web site data" in page
    assert ids["stream"] in page
    done = finder.picks(connection, **ids)
    (ours,) = recorded()
    assert done.redirect_chain[-1][0] == ours.request.get_absolute_url()
    assert ours.existing
    assert (ours.account_id, ours.property_id, ours.stream_id) == tuple(ids.values())
    assert ours.measurement_id == ids["property"]
    row = ours.request
    assert (row.status, row.backend) == (Status.COMPLETED, Backend.V3)
    assert row.website_url == f"https://site{account.id}.example"
    shown = done.content.decode()
    assert "View ID" in shown
    assert f"gtag/js?id={ids['property']}" in shown

    again = finder.picks(connection, **ids).content.decode()
    assert "You have this account and property already." in again
    assert len(recorded()) == 1


@pytest.mark.parametrize("what", ["account", "property", "stream"])
def test_what_google_does_not_list_is_not_recorded(
    finder: Finder, connection: GoogleConnection, what: str
) -> None:
    account, other = finder.has(connection.sub, 2)
    ids = {**finder.ids_of(account), what: finder.ids_of(other)[what]}
    page = finder.picks(connection, **ids).content.decode()
    assert "Google does not list" in page
    assert recorded() == []


def test_an_account_of_somebody_else_is_not_recorded(
    finder: Finder, connection: GoogleConnection, cast: Cast
) -> None:
    (account,) = finder.has(connection.sub, 1)
    shop = connected(finder.browser, cast.tenant, finder.google, SHOP)
    finder.has(shop.sub, 1)
    finder.picks(shop, **finder.ids_of(account))
    assert recorded() == []


def test_an_account_without_a_property_can_be_used_alone(
    finder: Finder, connection: GoogleConnection
) -> None:
    bare = finder.google.call(lambda world: add_accounts(world.state, connection.sub, 1))[0]
    assert "The account alone" in finder.sees().content.decode()
    assert "This account has no property yet." in finder.sees(account=bare.id).content.decode()
    finder.picks(connection, account=bare.id)
    assert [(one.account_id, one.property_id) for one in recorded()] == [(bare.id, "")]


def test_who_has_no_account_at_all_is_told_so(finder: Finder, connection: GoogleConnection) -> None:
    page = finder.sees()
    assert page.status_code == 200
    assert f"{connection.email} can see no Universal Analytics account" in page.content.decode()


def test_a_request_that_met_the_limit_is_completed_with_one(
    finder: Finder, connection: GoogleConnection
) -> None:
    (account,) = finder.has(connection.sub, 1)
    row = request_row(connection, Status.LIMIT_REACHED, backend=Backend.V3)
    assert "Use an existing account" in finder.browser.get(row.get_absolute_url()).content.decode()
    finder.picks(connection, request=str(row.pk), **finder.ids_of(account))
    done = fresh(row.pk)
    assert (done.status, done.account.account_id) == (Status.COMPLETED, account.id)


def test_either_api_can_be_chosen_and_the_request_says_which(
    finder: Finder, connection: GoogleConnection
) -> None:
    finder.has(connection.sub, 1)
    bare = finder.google.call(lambda world: add_accounts(world.state, connection.sub, 1))[0]
    page = finder.sees(backend="ga4").content.decode()
    assert re.search(r'backend=v3"\s*>Universal Analytics', page)
    row = request_row(connection, Status.LIMIT_REACHED, backend=Backend.V3)
    finder.picks(connection, request=str(row.pk), backend="ga4", account=bare.id)
    assert (fresh(row.pk).status, fresh(row.pk).backend) == (Status.COMPLETED, Backend.GA4)


@pytest.mark.parametrize("how", ["google", "portal"])
def test_where_v3_is_gone_that_is_said_and_ga4_is_offered(
    finder: Finder, connection: GoogleConnection, settings: Settings, how: str
) -> None:
    finder.google.call(lambda world: add_accounts(world.state, connection.sub, 1))
    row = request_row(connection, Status.LIMIT_REACHED, backend=Backend.V3)
    if how == "google":
        script(finder.google, "v3-gone")
    else:
        settings.GOOGLE_PROVISIONING_V3 = False
    answer = finder.sees(request=str(row.pk))
    page = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    assert answer.status_code == 410
    assert "Google has switched off this API" in page
    assert "/requests/new/" not in page
    found = re.search(r'href="([^"]+)">List Google Analytics 4 accounts', page)
    assert found is not None
    listed = finder.browser.get(found[1].replace("&amp;", "&"))
    assert (listed.status_code, listed.context["many"]) == (200, 1)
    assert f'name="request" value="{row.pk}"' in listed.content.decode()


def test_when_listing_fails_nothing_new_is_offered(
    finder: Finder, connection: GoogleConnection
) -> None:
    finder.has(connection.sub, 1)
    finder.google.call(lambda world: setattr(world.state.limits, "v3_calls_second", 0))
    answer = finder.sees()
    page = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    assert answer.status_code == 502
    assert "could not be had from Google" in page
    assert "Google asked the portal to slow down." in page
    assert "/requests/new/" not in page


def test_a_service_account_lists_what_it_was_given(finder: Finder, cast: Cast) -> None:
    desk = Desk(finder.browser, cast.tenant.slug, finder.google)
    desk.upload(desk.key_files()[0])
    with tenant_scope(cast.tenant):
        robot = ServiceAccount.objects.select_related("tenant").get()
    (account,) = finder.has(finder.google.state.service_accounts[ROBOT].sub, 1)
    assert account.id in finder.sees(connection=str(robot.pk)).content.decode()
    finder.picks(robot, **finder.ids_of(account))
    (ours,) = recorded()
    assert (ours.measurement_id, ours.request.read_through) == (f"UA-{account.id}-1", ROBOT)


def test_an_outsider_finds_no_such_page(finder: Finder, cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    assert browser.get(finder.address).status_code == 404
    assert browser.post(finder.address, {"account": "1"}).status_code == 404
    with across_tenants():
        assert not ProvisioningRequest.objects.exists()
