"""A Google account that is full already is not sent to terms that it could not accept."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.attempt import AccountTicket
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, SHOP, answer_terms, connected, fresh, new_request, work


@pytest.fixture
def full(
    owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings
) -> ProvisioningRequest:
    """A request through a Google account that has made as many accounts as there may be."""
    connection = connected(owner_browser, cast.tenant, google, AGENCY)
    first = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, first, google)
    work()
    settings.GOOGLE_ACCOUNT_LIMIT = 1
    request = new_request(owner_browser, connection, account_name="One Too Many")
    work()
    return fresh(request.pk)


def tickets_of(request: ProvisioningRequest) -> int:
    with tenant_scope(request.tenant):
        return AccountTicket.objects.filter(request=request).count()


def test_no_ticket_is_asked_for_and_the_page_says_why(
    full: ProvisioningRequest, owner_browser: Client, google: EmulatorThread
) -> None:
    assert full.status == Status.LIMIT_REACHED
    assert tickets_of(full) == 0
    assert len(google.state.tickets) == 1
    page = owner_browser.get(full.get_absolute_url()).content.decode()
    assert "Google lists 1 Analytics accounts" in page
    assert "Connect another Google account" in page


def test_another_google_account_takes_over(
    full: ProvisioningRequest, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    other = connected(owner_browser, cast.tenant, google, SHOP)
    owner_browser.post(f"{full.get_absolute_url()}use/", {"connection": str(other.pk)})
    work()
    assert fresh(full.pk).status == Status.AWAITING_TERMS


def test_who_tries_again_all_the_same_is_answered_by_google(
    full: ProvisioningRequest, owner_browser: Client
) -> None:
    owner_browser.post(f"{full.get_absolute_url()}again/")
    work()
    assert fresh(full.pk).status == Status.AWAITING_TERMS
    assert tickets_of(full) == 1


def test_the_form_warns_of_a_google_account_that_is_known_to_be_full(
    full: ProvisioningRequest, owner_browser: Client
) -> None:
    form = owner_browser.get(f"/t/{full.tenant.slug}/requests/new/").content.decode()
    assert f"{AGENCY} is full: Google listed 1 Analytics accounts" in form
