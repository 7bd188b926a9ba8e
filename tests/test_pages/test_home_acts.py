"""Home's buttons do what they say: pressed there, they lead on, and not to a page with a button."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import NEEDS_A_PERSON, FailureReason, Status
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, answer_terms, connected, fresh, new_request, work
from tests.rows import connection_row, request_row
from tests.test_pages.reading import Form, PageReader
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason


@pytest.fixture
def connection(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


@pytest.fixture
def waiting(owner_browser: Client, connection: GoogleConnection) -> ProvisioningRequest:
    request = new_request(owner_browser, connection)
    work()
    return fresh(request.pk)


def home(browser: Client, cast: Cast) -> str:
    return browser.get(cast.tenant.get_absolute_url()).content.decode()


def pressed(browser: Client, cast: Cast, name: str) -> str:
    """Press the button of one of the forms on home; returns the address that it leads to."""
    forms = [one for one in PageReader.of(home(browser, cast)).forms if name in one.action]
    assert len(forms) == 1, [one.action for one in forms]
    answer = browser.post(forms[0].action, values(forms[0]))
    assert answer.status_code == 303
    return str(answer["Location"])


def values(form: Form) -> dict[str, str]:
    return {one.name: one.value for one in form.controls if one.name}


def test_the_terms_open_from_home_and_the_return_counts(
    owner_browser: Client, cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    page = home(owner_browser, cast)
    assert "Open the terms" in page
    said = " ".join(page.split())
    assert f"You go to Google in this tab, signed in as {AGENCY}: accept the terms" in said
    assert "The ticket is valid until <time" in said
    terms = pressed(owner_browser, cast, "/terms/")
    assert terms.startswith(google.base_url)
    answer_terms(owner_browser, waiting, google)
    work()
    assert fresh(waiting.pk).status == Status.COMPLETED


def test_a_ticket_that_ran_out_is_replaced_from_home(
    owner_browser: Client, cast: Cast, waiting: ProvisioningRequest
) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert "The ticket for Google&#x27;s terms has expired." in home(owner_browser, cast)
        assert pressed(owner_browser, cast, "/again/") == waiting.get_absolute_url()
    assert fresh(waiting.pk).status == Status.QUEUED


@pytest.mark.parametrize("again", ["connection", "request"])
def test_reconnect_leaves_for_google_at_once(
    owner_browser: Client,
    cast: Cast,
    google: EmulatorThread,
    connection: GoogleConnection,
    again: str,
) -> None:
    with tenant_scope(cast.tenant):
        needs_reconnect(connection, ReconnectReason.REVOKED, by_worker())
    if again == "request":
        request_row(connection, Status.NEEDS_RECONNECT)
    page = home(owner_browser, cast)
    assert f"choose {AGENCY}, tick every box" in page
    forms = [one for one in PageReader.of(page).forms if "/reconnect/" in one.action]
    answer = owner_browser.post(forms[-1].action, values(forms[-1]))
    assert str(answer["Location"]).startswith(google.base_url)


def test_a_request_without_a_google_account_connects_one_from_home(
    owner_browser: Client, cast: Cast, google: EmulatorThread, connection: GoogleConnection
) -> None:
    request_row(connection, Status.AUTHORIZING)
    assert pressed(owner_browser, cast, "/connect/").startswith(google.base_url)


@pytest.mark.parametrize("status", [Status.DECLINED, Status.EXPIRED])
def test_try_again_tries_again(owner_browser: Client, cast: Cast, status: Status) -> None:
    row = request_row(connection_row(cast.tenant), status)
    assert pressed(owner_browser, cast, "/again/") == row.get_absolute_url()
    assert fresh(row.pk).status == Status.QUEUED


@pytest.mark.parametrize(
    ("status", "label", "name"),
    [
        (Status.DRAFT, "Continue", "request-details"),
        (Status.LIMIT_REACHED, "Choose an account", "request"),
        (Status.FAILED, "See what failed", "request"),
    ],
)
def test_what_has_to_be_read_or_chosen_first_leads_to_where_that_is(
    owner_browser: Client, cast: Cast, status: Status, label: str, name: str
) -> None:
    row = request_row(connection_row(cast.tenant), status)
    page = home(owner_browser, cast)
    there = reverse(name, args=[cast.tenant.slug, row.pk])
    assert re.search(rf'class="button primary"\s+href="{there}">{label}<', page)


def test_every_need_names_its_page_and_one_button(owner_browser: Client, cast: Cast) -> None:
    connection = connection_row(cast.tenant)
    rows = [request_row(connection, status) for status in sorted(NEEDS_A_PERSON)]
    rows.append(
        request_row(
            connection, Status.NEEDS_RECONNECT, failure=FailureReason.MISSING_PERMISSION.value
        )
    )
    page = home(owner_browser, cast)
    shown = [
        row
        for row in rows
        if f'<a href="{row.get_absolute_url()}" dir="auto">{row.title}</a>' in page
    ]
    assert len(shown) == 8
    needs = page.split('class="card needs"')[1].split("</ul>")[0]
    assert needs.count("need-action") == needs.count('class="button') == 8


def test_a_viewer_is_given_nothing_to_press(cast: Cast) -> None:
    connection = connection_row(cast.tenant)
    rows = [request_row(connection, status) for status in (Status.DECLINED, Status.AWAITING_TERMS)]
    page = home(signed_in(cast.viewer), cast)
    assert not [
        one
        for one in PageReader.of(page).forms
        if "/requests/" in one.action and one.method == "post"
    ]
    for row in rows:
        assert f'href="{row.get_absolute_url()}">View<' in page
    assert "You go to Google" not in page


def test_before_the_first_account_home_has_no_empty_boxes(
    owner_browser: Client, cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    page = home(owner_browser, cast)
    assert "Last 30 days" not in page
    assert f'href="{waiting.get_absolute_url()}">Continue<' in page
    answer_terms(owner_browser, waiting, google)
    work()
    assert "Last 30 days" in home(owner_browser, cast)


def test_after_connecting_the_page_says_so_and_what_is_next(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    page = owner_browser.get(connection.get_absolute_url()).content.decode()
    assert f"{AGENCY} is connected." in page
    assert "Create your first Analytics account" in page
    assert page.count("button primary") == 1
    found = re.search(r'class="button primary"\s+href="([^"]+)"', page)
    assert found is not None
    form = owner_browser.get(found[1]).context["form"]
    assert form["connection"].value() == str(connection.pk)


def test_it_has_no_empty_box_and_none_that_is_untrue(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    page = owner_browser.get(connection.get_absolute_url()).content.decode()
    assert "Recent requests" not in page
    assert 'class="empty"' not in page
    # The code was exchanged for it, before anybody knew for whom.
    assert re.search(r">POST [/\w.]*token<", page.split("Latest exchanges", 1)[1])


def test_once_something_was_requested_the_first_step_is_gone(
    owner_browser: Client, waiting: ProvisioningRequest, connection: GoogleConnection
) -> None:
    page = owner_browser.get(connection.get_absolute_url()).content.decode()
    assert "Create your first Analytics account" not in page
    assert "Recent requests" in page


def test_of_several_accounts_the_one_just_connected_is_chosen(
    owner_browser: Client, cast: Cast, google: EmulatorThread, connection: GoogleConnection
) -> None:
    other = connection_row(cast.tenant, "another@gmail.example")
    address = reverse("request-new", args=[cast.tenant.slug])
    form = owner_browser.get(address, {"connection": str(other.pk)}).context["form"]
    assert form["connection"].value() == str(other.pk)
    form = owner_browser.get(address, {"connection": "nobody's"}).context["form"]
    assert form["connection"].value() == "new"
