"""Existing accounts, listed and used through a service account that was given access to them."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants, tenant_scope
from provisioning.analytics.backends import Backend
from provisioning.existing.services import look_up
from provisioning.requests.models.account import ProvisionedAccount
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.emulator.seed import add_accounts
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected
from tests.scripting import script
from tests.test_credentials.conftest import ROBOT, Desk
from tokens.exchanges.models import Exchange
from tokens.service_accounts.models.service_account import ServiceAccount

ONLY_PEOPLE = "Google lets only people accept its terms"


class Robot(Desk):
    """A service account of Acme, and what Google shows it."""

    @property
    def row(self) -> ServiceAccount:
        with across_tenants():
            return ServiceAccount.objects.select_related("tenant").get()

    def is_given(self, many: int) -> list[str]:
        """Accounts that it is let into; their ids."""
        sub = self.google.state.service_accounts[ROBOT].sub
        made = self.google.call(lambda world: add_accounts(world.state, sub, many))
        return [account.id for account in made]

    @property
    def address(self) -> str:
        return reverse("request-existing", args=[self.slug])

    def lists(self, **query: str) -> str:
        """The page of what it sees."""
        answer = self.browser.get(self.address, {"connection": str(self.row.pk), **query})
        return " ".join(answer.content.decode().split())

    def grants(self) -> int:
        """How often Google was asked for a token for reading."""
        with across_tenants():
            asked = Exchange.objects.filter(url__endswith="/token").values_list("request_body")
            return sum("jwt-bearer" in str(body) for body in asked)


@pytest.fixture
def robot(owner_browser: Client, cast: Cast, google: EmulatorThread) -> Robot:
    robot = Robot(owner_browser, cast.tenant.slug, google)
    robot.upload(robot.key_files()[0])
    return robot


def test_what_it_was_given_access_to_is_listed(robot: Robot) -> None:
    ids = robot.is_given(3)
    page = robot.lists()
    assert all(one in page for one in ids)
    assert f"What {ROBOT} can see in Google Analytics" in page


def test_one_token_serves_many_listings_and_reads_only(robot: Robot) -> None:
    robot.is_given(1)
    before = robot.grants()
    for _ in range(3):
        robot.lists()
    assert robot.grants() == before + 1
    tokens = [one for one in robot.google.state.access_tokens.values() if not one.refresh_token]
    assert {scope.rpartition("/")[2] for one in tokens for scope in one.scopes} == {
        "analytics.readonly"
    }


def test_a_token_that_google_takes_no_more_is_renewed_once(robot: Robot) -> None:
    [account] = robot.is_given(1)
    robot.lists()
    robot.google.call(lambda world: world.state.access_tokens.clear())
    assert account in robot.lists()


def test_an_account_is_used_and_says_through_whom_it_was_found(robot: Robot) -> None:
    [account] = robot.is_given(1)
    data = {"connection": str(robot.row.pk), "submission": str(uuid.uuid4()), "account": account}
    answer = robot.browser.post(robot.address, data, follow=True)
    assert ROBOT in answer.content.decode()
    with across_tenants():
        made = ProvisionedAccount.objects.select_related("request").get()
        assert AuditEvent.objects.filter(tag="provisioning:account:verified").count() == 1
    assert (made.account_id, made.request.status) == (account, Status.COMPLETED)
    assert (made.request.connection_id, made.request.read_through) == (None, ROBOT)
    listed = robot.browser.get(reverse("requests", args=[robot.slug])).content.decode()
    assert ROBOT in listed


def test_one_that_google_does_not_list_is_not_recorded(robot: Robot) -> None:
    data = {"connection": str(robot.row.pk), "submission": str(uuid.uuid4()), "account": "123456"}
    page = robot.browser.post(robot.address, data, follow=True).content.decode()
    assert f"Google does not list account 123456 for {ROBOT}" in page
    with across_tenants():
        assert not ProvisioningRequest.objects.exists()


def test_without_access_it_is_told_how_to_give_it(robot: Robot) -> None:
    assert "add its address with the role Viewer in Google Analytics" in robot.lists()


def test_people_and_service_accounts_are_offered_for_reading(
    robot: Robot, cast: Cast, google: EmulatorThread
) -> None:
    row = connected(robot.browser, cast.tenant, google)
    page = robot.browser.get(robot.address).content.decode()
    assert str(row.pk) in page
    assert str(robot.row.pk) in page
    assert ONLY_PEOPLE in page


def test_it_is_never_offered_for_creating_and_the_page_says_why(robot: Robot) -> None:
    page = robot.browser.get(reverse("request-new", args=[robot.slug])).content.decode()
    assert str(robot.row.pk) not in page
    assert ROBOT not in page
    assert ONLY_PEOPLE in page


def test_a_refused_key_is_told_in_words_and_nothing_is_offered_instead(robot: Robot) -> None:
    for key in robot.google.state.service_account_keys.values():
        key.disabled = True
    page = robot.lists()
    assert "The list could not be had from Google" in page
    assert "the key was deleted or disabled at Google" in page


def test_a_google_that_is_down_is_told(robot: Robot) -> None:
    script(robot.google, "api-503")
    assert "The list could not be had from Google" in robot.lists()


def test_another_organisation_cannot_read_through_it(robot: Robot, cast: Cast) -> None:
    [account] = robot.is_given(1)
    theirs = reverse("request-existing", args=[cast.elsewhere.slug])
    page = signed_in(cast.outsider).get(theirs, {"connection": str(robot.row.pk)})
    assert account not in page.content.decode()
    assert ROBOT not in page.content.decode()
    with tenant_scope(cast.tenant):
        assert [one.account_id for one in look_up(robot.row, Backend.GA4).accounts] == [account]
