"""The v3 backend: one ticket for account, property and view, confirmed by the Management API."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from provisioning.analytics.backends import Backend
from provisioning.requests.models.account import SetupStep
from provisioning.requests.models.attempt import AccountTicket, TosOutcome
from provisioning.requests.models.defaults import Flow
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.services.defaults import Choices, save_defaults
from provisioning.requests.states import FailureReason, Status
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    AGENCY,
    DETAILS,
    answer_terms,
    connect,
    connected,
    fresh,
    leave_for_terms,
    new_request,
    path_of,
    submit_details,
    work,
)
from tests.scripting import script
from tokens.connections.models.connection import GoogleConnection
from tokens.exchanges.models import Exchange
from tokens.google.scopes import ANALYTICS_EDIT


@pytest.fixture
def asked(
    legacy: None, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> ProvisioningRequest:
    """A request whose ticket Google has issued, or has been asked for."""
    connection = connected(owner_browser, cast.tenant, google, legacy="1")
    request = new_request(owner_browser, connection, time_zone="America/Los_Angeles")
    work()
    return fresh(request.pk)


def test_account_property_and_view_are_made_by_one_acceptance(
    asked: ProvisioningRequest, owner_browser: Client, google: EmulatorThread, settings: Settings
) -> None:
    assert (asked.backend, asked.status) == ("v3", Status.AWAITING_TERMS)
    assert answer_terms(owner_browser, asked, google).status_code == 303
    work()

    done = fresh(asked.pk)
    assert done.status == Status.COMPLETED
    prop = google.state.legacy_properties[done.account.property_id]
    view = google.state.legacy_views[done.account.stream_id]
    assert prop.account_id == done.account.account_id
    assert (prop.website_url, view.property_id) == ("https://bluebird.example", prop.id)
    assert view.time_zone == "America/Los_Angeles"
    assert done.account.measurement_id == prop.id
    with tenant_scope(done.tenant):
        outcome = TosOutcome.objects.get(counted=True)
        assert outcome.reported_property_id == prop.id
        assert outcome.reported_view_id == view.id
        assert set(SetupStep.objects.values_list("kind", "status")) == {
            ("property", "done"),
            ("view", "done"),
        }
    page = owner_browser.get(done.get_absolute_url()).content.decode()
    assert "View ID" in page
    assert "Measurement ID" not in page
    assert done.account.web_url == settings.GOOGLE_ANALYTICS_WEB_URL
    assert f"gtag/js?id={prop.id}" in page


def test_a_draft_takes_the_tenant_s_backend_too(
    legacy: None, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    address = reverse("request-start", args=[cast.tenant.slug])
    owner_browser.post(address, {"connection": str(connection.pk)})
    with tenant_scope(cast.tenant):
        draft = ProvisioningRequest.objects.get()
    assert (draft.status, draft.backend) == (Status.DRAFT, Backend.V3)


def test_the_terms_stand_where_the_guide_says(
    asked: ProvisioningRequest, owner_browser: Client
) -> None:
    with tenant_scope(asked.tenant):
        ticket = AccountTicket.objects.get()
    assert leave_for_terms(owner_browser, asked).endswith(
        "/analytics/web/?provisioningSignup=false"
        f"#management/TermsOfService//?api.accountTicketId={ticket.ticket_id}"
    )


def test_only_the_legacy_api_is_asked_for_it(
    asked: ProvisioningRequest, owner_browser: Client, google: EmulatorThread
) -> None:
    answer_terms(owner_browser, asked, google)
    work()
    with tenant_scope(asked.tenant):
        urls = Exchange.objects.filter(subject=asked.pk).values_list("url", flat=True)
        assert urls
        assert all("/analytics/v3/" in url for url in urls)
        assert not [url for url in urls if "ya29" in url]


def test_a_property_that_is_listed_late_is_waited_for_and_never_made_twice(
    asked: ProvisioningRequest, owner_browser: Client, google: EmulatorThread
) -> None:
    answer_terms(owner_browser, asked, google)
    ((number, hidden),) = google.state.legacy_properties.items()
    del google.state.legacy_properties[number]
    work()
    waiting = fresh(asked.pk)
    assert (waiting.status, waiting.problem) == (
        Status.CONFIGURING,
        "Google does not list it yet.",
    )

    google.state.legacy_properties[number] = hidden
    with tenant_scope(waiting.tenant):
        ProvisioningRequest.objects.update(due_at=waiting.created_at)
    work()
    assert fresh(asked.pk).status == Status.COMPLETED
    assert len(google.state.legacy_properties) == 1


def test_where_google_has_switched_v3_off_the_request_says_so_at_once(
    legacy: None, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google, legacy="1")
    script(google, "v3-gone")
    request = new_request(owner_browser, connection)
    work()
    ended = fresh(request.pk)
    assert (ended.status, ended.failure) == (Status.FAILED, FailureReason.API_GONE)
    assert "Google has switched off the Provisioning API" in ended.problem
    assert ended.connection is not None
    assert ended.connection.is_usable
    page = owner_browser.get(ended.get_absolute_url()).content.decode()
    assert "Google has switched off this API" in page
    assert "Step 3 of 5: Prepare" in page

    found = re.search(r'href="([^"]+)">Ask for Google Analytics 4', page)
    assert found is not None
    form = owner_browser.get(found[1].replace("&amp;", "&")).context["form"]
    assert form["backend"].value() == Backend.GA4.value
    assert form["account_name"].value() == ended.account_name
    assert form["website_url"].value() == ended.website_url


def test_a_person_without_any_account_can_make_the_first_one(
    asked: ProvisioningRequest, google: EmulatorThread
) -> None:
    assert google.state.accounts == {}
    assert asked.status == Status.AWAITING_TERMS


def test_the_permission_is_asked_for_only_where_google_serves_v3_and_it_is_wanted(
    owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    def scopes(legacy: str = "") -> str:
        return connected(owner_browser, cast.tenant, google, legacy=legacy).scopes

    assert "analytics.provision" not in scopes(legacy="1")
    settings.GOOGLE_PROVISIONING_V3 = True
    assert "analytics.provision" not in scopes()
    assert "analytics.provision" in scopes(legacy="1")


def test_without_the_permission_the_request_waits_for_its_person(
    legacy: None, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connect(owner_browser, cast.tenant, google, tick=[ANALYTICS_EDIT], legacy="1")
    with tenant_scope(cast.tenant):
        connection = GoogleConnection.objects.select_related("tenant").get()
    request = new_request(owner_browser, connection)
    work()
    waiting = fresh(request.pk)
    assert (waiting.status, waiting.failure) == (
        Status.NEEDS_RECONNECT,
        FailureReason.MISSING_PERMISSION,
    )
    assert (
        "Connect again to grant" in owner_browser.get(waiting.get_absolute_url()).content.decode()
    )
    work()
    assert fresh(request.pk).fencing_token == waiting.fencing_token

    connection.refresh_from_db()
    assert connection.is_usable
    with tenant_scope(cast.tenant):
        save_defaults(cast.tenant, Choices(backend=Backend.GA4), by_worker())
    other = new_request(owner_browser, connection)
    work()
    assert fresh(other.pk).status == Status.AWAITING_TERMS

    consent_page = owner_browser.post(f"{waiting.get_absolute_url()}connect/")["Location"]
    owner_browser.get(path_of(Person(google.base_url, AGENCY).consent(consent_page)))
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS


def test_a_portal_that_google_does_not_serve_v3_uses_the_living_api(
    legacy: None,
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    settings: Settings,
) -> None:
    settings.GOOGLE_PROVISIONING_V3 = False
    connection = connected(owner_browser, cast.tenant, google, legacy="1")
    assert new_request(owner_browser, connection).backend == Backend.GA4


@pytest.fixture
def both(settings: Settings) -> None:
    """A portal that Google serves v3 to; its tenants have not chosen it."""
    settings.GOOGLE_PROVISIONING_V3 = True


@pytest.mark.parametrize("flow", Flow)
def test_one_request_may_use_another_api_than_its_tenant(
    both: None, owner_browser: Client, cast: Cast, google: EmulatorThread, flow: Flow
) -> None:
    connection = connected(owner_browser, cast.tenant, google, legacy="1")
    address = reverse("request-new", args=[cast.tenant.slug])
    page = owner_browser.get(address, {"flow": flow.value, "backend": "v3"})
    form = page.context["form"]
    assert form["backend"].value() == Backend.V3.value
    submission = str(form["submission"].value())
    chosen = {"connection": str(connection.pk), "backend": "v3", "submission": submission}
    if flow == Flow.AFTER:
        started = owner_browser.post(reverse("request-start", args=[cast.tenant.slug]), chosen)
        made = owner_browser.post(started["Location"], {**DETAILS, **chosen})
    else:
        made = owner_browser.post(address, {**DETAILS, **chosen})
    assert made.status_code == 303
    with tenant_scope(cast.tenant):
        row = ProvisioningRequest.objects.get()
    assert row.backend == Backend.V3
    work()
    assert answer_terms(owner_browser, fresh(row.pk), google).status_code == 303
    work()
    assert fresh(row.pk).account.measurement_id.startswith("UA-")


def test_a_tenant_of_the_legacy_api_may_use_the_living_one_for_a_request(
    legacy: None, owner_browser: Client, cast: Cast
) -> None:
    answer = submit_details(owner_browser, cast.tenant, connection="new", backend="ga4")
    assert answer.status_code == 303
    with tenant_scope(cast.tenant):
        assert ProvisioningRequest.objects.get().backend == Backend.GA4


def test_an_option_that_the_chosen_api_lacks_is_named(
    both: None, owner_browser: Client, cast: Cast
) -> None:
    wrong = {"backend": "v3", "access_email": "colleague@acme.example"}
    answer = submit_details(owner_browser, cast.tenant, connection="new", **wrong)
    assert answer.status_code == 422
    says = "Only Google Analytics 4 has this. Leave it empty."
    assert answer.context["form"].errors["access_email"] == [says]
    assert says in answer.content.decode()


def test_where_only_one_api_is_served_none_is_asked_for(owner_browser: Client, cast: Cast) -> None:
    address = reverse("request-new", args=[cast.tenant.slug])
    page = owner_browser.get(address, {"backend": "v3"})
    assert "backend" not in page.context["form"].fields
    submit_details(owner_browser, cast.tenant, connection="new", backend="v3")
    with tenant_scope(cast.tenant):
        assert ProvisioningRequest.objects.get().backend == Backend.GA4
