"""Existing accounts: all of them found, one of them verified and recorded; no list, no guess."""

import re
import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.tenancy.scope import across_tenants
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.states import EDITABLE, Status
from tests.cast import Cast, signed_in
from tests.emulator.seed import add_accounts
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    AGENCY,
    SHOP,
    answer_terms,
    connected,
    fresh,
    new_request,
    work,
)
from tests.rows import request_row
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.exchanges.models import Exchange
from tokens.rate_limits.models import RateBucket


def accounts_of(google: EmulatorThread, connection: GoogleConnection, many: int) -> list[str]:
    made = google.call(lambda world: add_accounts(world.state, connection.sub, many))
    return [account.id for account in made]


def page_for(cast: Cast) -> str:
    return reverse("request-existing", args=[cast.tenant.slug])


def pick(browser: Client, cast: Cast, connection: GoogleConnection, **form: str) -> str:
    data = {"connection": str(connection.pk), "submission": str(uuid.uuid4()), **form}
    return str(browser.post(page_for(cast), data)["Location"])


def recorded() -> list[ProvisionedAccount]:
    with across_tenants():
        return list(ProvisionedAccount.objects.select_related("request"))


def made_before(browser: Client, cast: Cast, google: EmulatorThread) -> ProvisionedAccount:
    """An account with property and stream, created at Google by another tenant's request."""
    elsewhere = signed_in(cast.outsider)
    connection = connected(elsewhere, cast.elsewhere, google)
    request = new_request(elsewhere, connection)
    work()
    answer_terms(elsewhere, request, google)
    work()
    return fresh(request.pk).account


def test_all_450_accounts_can_be_reached(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    ids = accounts_of(google, connection, 450)
    seen: set[str] = set()
    for page in range(1, 19):
        text = owner_browser.get(page_for(cast), {"page": page}).content.decode()
        seen |= set(re.findall(r'class="sub id">(\d+)<', text))
    assert seen == set(ids)
    last = owner_browser.get(page_for(cast), {"q": ids[-1]})
    assert [one.account_id for one in last.context["page_obj"].object_list] == [ids[-1]]
    assert last.context["many"] == 450


def test_a_property_and_its_stream_are_picked_verified_and_recorded(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    theirs = made_before(owner_browser, cast, google)
    connection = connected(owner_browser, cast.tenant, google)
    ids = {
        "account": theirs.account_id,
        "property": theirs.property_id,
        "stream": theirs.stream_id,
    }
    page = owner_browser.get(page_for(cast), ids).content.decode()
    assert theirs.measurement_id in page
    where = pick(owner_browser, cast, connection, **ids)
    ours = next(row for row in recorded() if row.tenant_id == cast.tenant.pk)
    assert where == ours.request.get_absolute_url()
    assert ours.existing
    assert ours.request.status == Status.COMPLETED
    assert ours.measurement_id == theirs.measurement_id
    assert theirs.measurement_id in owner_browser.get(where).content.decode()

    assert pick(owner_browser, cast, connection, **ids) != where
    assert len(recorded()) == 2


def test_a_request_that_met_the_limit_is_completed_with_an_existing_account(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    (account_id,) = accounts_of(google, connection, 1)
    row = request_row(connection, Status.LIMIT_REACHED)
    assert "Use an existing account" in owner_browser.get(row.get_absolute_url()).content.decode()
    pick(owner_browser, cast, connection, account=account_id, request=str(row.pk))
    done = fresh(row.pk)
    assert (done.status, done.account.account_id) == (Status.COMPLETED, account_id)


@pytest.mark.parametrize("status", sorted(EDITABLE))
def test_wherever_it_is_offered_for_a_request_it_can_be_done(
    owner_browser: Client, cast: Cast, google: EmulatorThread, status: Status
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    (account_id,) = accounts_of(google, connection, 1)
    row = request_row(connection, status)
    details = owner_browser.get(reverse("request-details", args=[cast.tenant.slug, row.pk]))
    assert f"{page_for(cast)}?request={row.pk}" in details.content.decode()
    where = pick(owner_browser, cast, connection, account=account_id, request=str(row.pk))
    assert where == row.get_absolute_url()
    assert fresh(row.pk).status == Status.COMPLETED


@pytest.mark.parametrize("what", ["account", "property", "stream"])
def test_what_google_does_not_list_is_not_recorded(
    owner_browser: Client, cast: Cast, google: EmulatorThread, what: str
) -> None:
    theirs = made_before(owner_browser, cast, google)
    connection = connected(owner_browser, cast.tenant, google)
    ids = {
        "account": theirs.account_id,
        "property": theirs.property_id,
        "stream": theirs.stream_id,
    }
    pick(owner_browser, cast, connection, **{**ids, what: "999999"})
    assert len(recorded()) == 1


def test_an_account_of_somebody_else_is_not_recorded(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    theirs = made_before(owner_browser, cast, google)
    shop = connected(owner_browser, cast.tenant, google, SHOP)
    pick(owner_browser, cast, shop, account=theirs.account_id)
    assert len(recorded()) == 1


def test_when_listing_fails_nothing_new_is_offered(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connected(owner_browser, cast.tenant, google)
    script(google, "api-503")
    answer = owner_browser.get(page_for(cast), {"q": "x"})
    page = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    assert answer.status_code == 502
    assert "could not be had from Google" in page
    assert reverse("request-new", args=[cast.tenant.slug]) not in page
    assert f'href="{page_for(cast)}?q=x">Try again' in page


def test_an_account_picked_elsewhere_does_not_stand_in_the_way_of_its_own_request(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, request, google)
    elsewhere = signed_in(cast.outsider)
    other = connected(elsewhere, cast.elsewhere, google, AGENCY)
    (account_id,) = list(google.state.accounts)
    address = reverse("request-existing", args=[cast.elsewhere.slug])
    elsewhere.post(address, {"connection": str(other.pk), "account": account_id})
    work()
    assert fresh(request.pk).status == Status.COMPLETED


def test_a_used_up_quota_is_said_with_the_time_to_wait_and_nothing_is_called(
    owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    settings.GOOGLE_USER_CALLS_A_MINUTE = 10
    here = f"{page_for(cast)}?connection={connection.pk}"
    assert owner_browser.get(here).status_code == 200
    assert owner_browser.get(here).status_code == 200, "People may overdraw; workers wait for that."
    RateBucket.objects.filter(name__startswith="calls:").update(level=-0.5)
    with across_tenants():
        before = Exchange.objects.count()
    answer = owner_browser.get(here)
    assert answer.status_code == 502
    page = answer.content.decode()
    assert re.search(r"slow down\. Try again in [34] seconds\.", page)
    assert "Create" not in re.findall(r"<main.*</main>", page, re.DOTALL)[0]
    with across_tenants():
        assert Exchange.objects.count() == before


def test_a_list_of_many_pages_is_paid_for_by_the_same_quota(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    accounts_of(google, connection, 450)
    here = f"{page_for(cast)}?connection={connection.pk}"
    RateBucket.objects.filter(name__startswith="calls:").delete()
    assert owner_browser.get(here).status_code == 200
    full = settings.GOOGLE_USER_CALLS_A_MINUTE / 10
    level = RateBucket.objects.get(name__endswith=f":{connection.sub}", name__startswith="calls:")
    assert level.level == full - 3
