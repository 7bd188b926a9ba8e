"""The guide's three user flows: which comes first, what is asked, and where a no leads back to."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.account_names import proposed_name, site_name
from provisioning.requests.models.defaults import ProvisioningDefaults
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    AGENCY,
    DETAILS,
    answer_terms,
    connected,
    fresh,
    new_request,
    path_of,
    work,
)
from tests.rows import connection_row, request_row
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason

AFTER, BEFORE, PREFILLED = (
    "details_after_authorization",
    "details_before_authorization",
    "prefilled",
)
SETTINGS = {
    "flow": AFTER,
    "backend": "ga4",
    "account_name_pattern": "{website} Ltd",
    "time_zone": "Europe/Paris",
    "region_code": "FR",
}


def page_of(cast: Cast, name: str, *more: Any) -> str:
    return reverse(name, args=[cast.tenant.slug, *more])


def only_request(cast: Cast) -> ProvisioningRequest:
    with tenant_scope(cast.tenant):
        return ProvisioningRequest.objects.select_related("tenant", "connection").get()


def value_of(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    return match[1] if match else ""


def chosen_in(page: str, name: str) -> str:
    select = page.partition(f'name="{name}"')[2].partition("</select>")[0]
    match = re.search(r'value="([^"]*)" selected', select)
    return match[1] if match else ""


def leave(browser: Client, cast: Cast, **form: str) -> str:
    data = {"connection": "new", "submission": str(uuid.uuid4()), **form}
    return str(browser.post(page_of(cast, "request-start"), data)["Location"])


def test_details_after_the_google_account(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    start = owner_browser.get(page_of(cast, "request-new"), {"flow": AFTER}).content.decode()
    assert "First the Google account" in start
    assert 'name="account_name"' not in start

    back = Person(google.base_url, AGENCY).consent(leave(owner_browser, cast))
    details = owner_browser.get(path_of(back))["Location"]
    draft = only_request(cast)
    assert (draft.status, details) == (
        Status.DRAFT,
        page_of(cast, "request-details", draft.pk),
    )
    with tenant_scope(cast.tenant):
        connection = str(GoogleConnection.objects.get().pk)
    page = owner_browser.get(details).content.decode()
    assert chosen_in(page, "connection") == connection

    form = {**DETAILS, "connection": connection, "submission": str(uuid.uuid4())}
    assert owner_browser.post(details, form)["Location"] == draft.get_absolute_url()
    work()
    answer_terms(owner_browser, draft, google)
    work()
    assert fresh(draft.pk).status == Status.COMPLETED


def test_of_several_google_accounts_the_one_used_last_is_proposed(
    owner_browser: Client, cast: Cast
) -> None:
    connection_row(cast.tenant, "first@gmail.example")
    used = connection_row(cast.tenant, "used@gmail.example")
    connection_row(cast.tenant, "later@gmail.example")
    page = owner_browser.get(page_of(cast, "request-new")).content.decode()
    assert chosen_in(page, "connection") == "new"
    request_row(used)
    page = owner_browser.get(page_of(cast, "request-new")).content.decode()
    assert chosen_in(page, "connection") == str(used.pk)
    with tenant_scope(cast.tenant):
        needs_reconnect(used, ReconnectReason.REVOKED)
    page = owner_browser.get(page_of(cast, "request-new")).content.decode()
    assert chosen_in(page, "connection") == "new"


def test_a_no_at_google_leads_back_to_the_details_with_everything_kept(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    away = leave(owner_browser, cast, website_url="bluebird.example", time_zone="Europe/Madrid")
    back = Person(google.base_url, AGENCY).consent(away, deny=True)
    page = owner_browser.get(path_of(back), follow=True).content.decode()
    assert "You chose Cancel" in page
    assert value_of(page, "website_url") == "https://bluebird.example"
    assert chosen_in(page, "time_zone") == "Europe/Madrid"
    assert only_request(cast).status == Status.DRAFT


def test_a_second_press_makes_no_second_draft(owner_browser: Client, cast: Cast) -> None:
    connection, same = connection_row(cast.tenant), str(uuid.uuid4())
    for _ in range(2):
        answer = leave(owner_browser, cast, connection=str(connection.pk), submission=same)
        assert answer == page_of(cast, "request-details", only_request(cast).pk)


def test_details_typed_before_a_no_are_there_after_it_and_can_be_changed(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    form = {**DETAILS, "connection": "new", "submission": str(uuid.uuid4())}
    page = owner_browser.post(page_of(cast, "request-new"), form)["Location"]
    away = owner_browser.post(f"{page}connect/")["Location"]
    back = owner_browser.get(path_of(Person(google.base_url, AGENCY).consent(away, deny=True)))
    assert back["Location"] == page

    details = owner_browser.get(f"{page}details/").content.decode()
    for name in ("account_name", "website_url"):
        assert DETAILS[name] in value_of(details, name)
    assert chosen_in(details, "region_code") == "ES"
    owner_browser.post(f"{page}details/", {**form, "account_name": "Blue Bird Ltd"})
    changed = only_request(cast)
    assert (changed.status, changed.account_name) == (Status.AUTHORIZING, "Blue Bird Ltd")


def test_declined_terms_lead_back_to_everything_that_was_typed(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, request, google, "cancel")
    assert fresh(request.pk).status == Status.DECLINED
    address = page_of(cast, "request-details", request.pk)
    page = owner_browser.get(address).content.decode()
    assert value_of(page, "account_name") == "Bluebird Bakery"
    assert chosen_in(page, "connection") == str(connection.pk)
    form = {
        **DETAILS,
        "account_name": "Second Thoughts",
        "connection": str(connection.pk),
        "submission": str(uuid.uuid4()),
    }
    owner_browser.post(address, form)
    work()
    answer_terms(owner_browser, request, google)
    work()
    done = fresh(request.pk)
    assert (done.status, done.account.account_name) == (Status.COMPLETED, "Second Thoughts")


def test_without_a_form_one_press_is_enough(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connected(owner_browser, cast.tenant, google)
    owner_browser.post(page_of(cast, "provisioning-settings"), {**SETTINGS, "flow": PREFILLED})
    address = f"{page_of(cast, 'request-new')}?website_url=www.blue-bird.example"
    page = owner_browser.get(address)
    form = page.context["form"]
    assert form.open_fields == []
    sent = {field.name: str(field.value() or "") for field in form}
    request_page = owner_browser.post(address, sent)["Location"]
    request = only_request(cast)
    assert request.get_absolute_url() == request_page
    assert request.account_name == "Blue Bird Ltd"
    assert request.property_name == "www.blue-bird.example"
    assert (request.time_zone, request.region_code) == ("Europe/Paris", "FR")
    work()
    answer_terms(owner_browser, request, google)
    work()
    assert fresh(request.pk).status == Status.COMPLETED


def test_without_a_form_only_what_is_not_known_is_asked(owner_browser: Client, cast: Cast) -> None:
    connection_row(cast.tenant)
    page = owner_browser.get(page_of(cast, "request-new"), {"flow": PREFILLED})
    assert [field.name for field in page.context["form"].open_fields] == [
        *("website_url", "time_zone", "region_code")
    ]
    connection_row(cast.tenant, "shop@gmail.example")
    page = owner_browser.get(page_of(cast, "request-new"), {"flow": PREFILLED})
    asked = {field.name for field in page.context["form"].open_fields}
    assert asked == {"website_url", "connection", "time_zone", "region_code"}


@pytest.mark.parametrize("flow", [AFTER, BEFORE, PREFILLED])
def test_the_tenant_s_flow_is_used_and_one_request_may_use_another(
    owner_browser: Client, cast: Cast, flow: str
) -> None:
    owner_browser.post(page_of(cast, "provisioning-settings"), {**SETTINGS, "flow": flow})
    assert owner_browser.get(page_of(cast, "request-new")).context["flow"] == flow
    other = BEFORE if flow == AFTER else AFTER
    address = page_of(cast, "request-new")
    assert owner_browser.get(address, {"flow": other}).context["flow"] == other
    assert owner_browser.get(address, {"flow": "upside-down"}).context["flow"] == flow


def test_a_link_fills_in_what_is_allowed_and_nothing_else(
    owner_browser: Client, cast: Cast
) -> None:
    theirs = connection_row(cast.elsewhere)
    page = owner_browser.get(
        page_of(cast, "request-new"),
        {
            "website_url": "bluebird.example",
            "time_zone": "Mars/Olympus",
            "region_code": "XX",
            "connection": str(theirs.pk),
            "status": "completed",
            "submission": "00000000-0000-4000-8000-000000000000",
        },
    )
    initial = page.context["form"].initial
    assert initial["website_url"] == "https://bluebird.example"
    assert initial["account_name"] == "Bluebird"
    assert not {"time_zone", "region_code"} & set(initial)
    assert [str(one) for one in page.context["messages"]] == [
        "Time zone “Mars/Olympus” was left out. Choose one from the list.",
        "Region “XX” was left out. Choose one from the list.",
    ]
    assert initial["connection"] == "new"
    assert page.context["form"]["submission"].value() != "00000000-0000-4000-8000-000000000000"
    assert not {"status", "submission"} & set(initial)


def test_settings_are_kept_and_audited(owner_browser: Client, cast: Cast) -> None:
    address = page_of(cast, "provisioning-settings")
    assert owner_browser.post(address, SETTINGS).status_code == 303
    with tenant_scope(cast.tenant):
        kept = ProvisioningDefaults.objects.get()
    assert {name: getattr(kept, name) for name in SETTINGS} == SETTINGS
    audited = AuditEvent._base_manager.get(tag="provisioning:defaults:changed")
    assert audited.actor == cast.owner
    assert owner_browser.get(address).context["form"].initial == SETTINGS
    assert owner_browser.post(address, {**SETTINGS, "time_zone": "Mars"}).status_code == 422


@pytest.mark.parametrize(
    "status", [Status.QUEUED, Status.AWAITING_TERMS, Status.COMPLETED, Status.EXPIRED]
)
def test_details_of_what_may_exist_at_google_stay_as_they_are(
    owner_browser: Client, cast: Cast, status: Status
) -> None:
    connection = connection_row(cast.tenant)
    row = request_row(connection, status)
    form = {**DETAILS, "account_name": "Changed", "connection": str(connection.pk)}
    answer = owner_browser.post(page_of(cast, "request-details", row.pk), form)
    assert answer["Location"] == row.get_absolute_url()
    assert fresh(row.pk).account_name == "Bluebird Bakery"


@pytest.mark.parametrize(
    ("website", "name"),
    [
        ("https://www.blue-bird.example/shop", "Blue Bird"),
        ("bluebird.co.uk", "Bluebird"),
        ("shop.bluebird.example", "shop.bluebird.example"),
        ("bücher.example", "Bücher"),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_a_website_s_name(website: str, name: str) -> None:
    assert site_name(website) == name


def test_a_pattern_is_filled_and_cut() -> None:
    assert proposed_name("bluebird.example", "{website} (Acme)") == "Bluebird (Acme)"
    assert proposed_name("bluebird.example") == "Bluebird"
    assert len(proposed_name("bluebird.example", "{website}" * 30)) == 100
