"""What takes hours, or the clock alone ends: the page says where it stands, and what to do."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as in_use
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import answer_terms, connected, given_up, new_request, work
from tests.test_browser.stack import Stack
from tests.test_browser.walker import Walker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def here(
    owner_browser: Client, page: Page, live_server: LiveServer, google: EmulatorThread
) -> Walker:
    """The owner at a portal of this very process, whose clock a test can move."""
    cookie = owner_browser.cookies[in_use.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return Walker(page, Stack(live_server.url, google.base_url))


def test_a_ticket_that_ran_out_is_replaced_by_a_new_one(
    here: Walker, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        work()
    here.open(request.get_absolute_url())
    here.state_is("Expired")
    here.sees("The ticket ran out")
    here.look()
    here.press("Get a new ticket")
    work()
    here.state_is("Waiting for terms")
    here.sees("2 attempts")
    here.has_nothing_to_complain_about()


def test_a_quota_of_google_is_waited_for_and_the_page_says_until_when(
    here: Walker, owner_browser: Client, cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    settings.GOOGLE_USER_WRITES_A_MINUTE = 10
    connection = connected(owner_browser, cast.tenant, google)
    first, second = (new_request(owner_browser, connection) for _ in range(2))
    work()
    here.open(first.get_absolute_url())
    here.state_is("Waiting for terms")
    here.open(second.get_absolute_url())
    here.sees("Google allows 10 writes a minute. This goes on at")
    here.look()
    here.has_nothing_to_complain_about()


def test_an_unfinished_set_up_is_shown_as_that_and_finished(
    here: Walker, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    answer_terms(owner_browser, request, google)
    given_up(request, google, "stream-503")
    here.open(request.get_absolute_url())
    here.state_is("Set-up unfinished")
    here.sees("The account exists; its web stream is missing")
    here.look()
    here.press("Finish set-up")
    work()
    here.state_is("Verified")
    here.look()
    here.has_nothing_to_complain_about()


@pytest.mark.parametrize("where", ["page", "list"])
def test_who_is_signed_out_meanwhile_is_led_to_sign_in_and_gets_no_page_within_the_page(
    where: str, here: Walker, owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    request = new_request(owner_browser, connected(owner_browser, cast.tenant, google))
    work()
    address = request.get_absolute_url()
    here.open(address if where == "page" else address.replace(f"{request.pk}/", ""))
    here.page.locator("#live").wait_for()
    here.page.context.clear_cookies()
    if where == "list":
        here.page.locator("#id_q").fill("nothing of the kind")
    here.is_at("Sign in")
    assert here.page.locator("main").count() == 1
