"""On a phone of 320 by 700 the primary action of every page of the wizard is in view at once."""

import re

import pytest
from django.conf import settings as in_use
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.audit.recording import by_worker
from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.defaults import Flow
from provisioning.requests.states import FailureReason, Status
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import SHOP, connected, new_request, path_of, work
from tests.rows import connection_row, request_row
from tests.test_browser.stack import Stack
from tests.test_browser.walker import Walker
from tokens.connections.services.reconnect_links import make_link
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.django_db(transaction=True),
]
PHONE = {"width": 320, "height": 700}
# What a person has something to press in, beside those whose step is a choice among several.
PRESSED = (
    Status.DRAFT,
    Status.AUTHORIZING,
    Status.WAITING_RETRY,
    Status.DECLINED,
    Status.LIMIT_REACHED,
    Status.EXPIRED,
    Status.NEEDS_RECONNECT,
    Status.FAILED,
)


@pytest.fixture
def phone(
    owner_browser: Client, page: Page, live_server: LiveServer, google: EmulatorThread
) -> Walker:
    """The owner with a telephone, at a portal of this very process."""
    cookie = owner_browser.cookies[in_use.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    return Walker(page, Stack(live_server.url, google.base_url))


def shows_its_action(walker: Walker, path: str, action: str) -> None:
    """Without scrolling, the one primary button of the page is all in view, and can be pressed."""
    walker.open(path)
    primary = walker.page.locator("main .button.primary")
    assert primary.count() == 1, (path, primary.all_inner_texts())
    expect(primary).to_have_text(re.compile(action))
    assert walker.page.evaluate("scrollY") == 0
    box = primary.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"], (path, box)
    primary.click(trial=True)
    overflow = walker.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, path


def test_the_forms_have_it_in_view(phone: Walker, cast: Cast) -> None:
    connection = connection_row(cast.tenant)
    new = reverse("request-new", args=[cast.tenant.slug])
    for flow in Flow:
        shows_its_action(phone, f"{new}?flow={flow}", "Continue")
        expect(phone.page.locator(".steps-text")).to_have_text(re.compile("Step 1 of 5"))
        expect(phone.page.locator(".step-mark").first).to_be_hidden()
    row = request_row(connection, Status.DRAFT)
    shows_its_action(phone, reverse("request-details", args=[cast.tenant.slug, row.pk]), "Continue")
    phone.has_nothing_to_complain_about()


def test_every_state_of_a_request_has_it_in_view(phone: Walker, cast: Cast) -> None:
    connection = connection_row(cast.tenant, "a.rather.long.address@agency.gmail.example")
    connection_row(cast.tenant, "another@gmail.example")
    for status in PRESSED:
        row = request_row(
            connection,
            status,
            failure=FailureReason.TOO_MANY_TRIES.value if status == Status.FAILED else "",
            problem="Google did not answer in time, as it did not the last seven times either.",
        )
        shows_its_action(phone, row.get_absolute_url(), ".")
    phone.has_nothing_to_complain_about()


def test_the_terms_and_what_follows_have_it_in_view(
    phone: Walker, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    shows_its_action(phone, connection.get_absolute_url(), "Create an Analytics account")
    request = new_request(owner_browser, connection)
    work()
    shows_its_action(phone, request.get_absolute_url(), "Continue at Google")
    expect(phone.page.get_by_text("Step 4 of 5: Accept terms")).to_be_visible()
    shows_its_action(phone, cast.tenant.get_absolute_url(), "Open the terms")
    with tenant_scope(cast.tenant):
        needs_reconnect(connection, ReconnectReason.REVOKED, by_worker())
        link = make_link(connection, by_worker()).address
    shows_its_action(phone, connection.get_absolute_url(), "Reconnect at Google")
    shows_its_action(phone, link.replace("http://testserver", ""), "Continue at Google")
    phone.has_nothing_to_complain_about()


def test_coming_back_with_the_wrong_account_has_it_in_view(
    phone: Walker, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    connection = connected(owner_browser, cast.tenant, google)
    with tenant_scope(cast.tenant):
        needs_reconnect(connection, ReconnectReason.REVOKED, by_worker())
    url = reverse("connection-reconnect", args=[cast.tenant.slug, connection.pk])
    back = Person(google.base_url, SHOP).consent(owner_browser.post(url)["Location"])
    flow = owner_browser.get(path_of(back))["Location"]
    shows_its_action(phone, flow, "Try again")
    phone.has_nothing_to_complain_about()
