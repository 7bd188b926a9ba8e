"""Another code by mail: when it may be asked for, what it does to the one before, and how often."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.authentication.views.codes import RESEND_AFTER
from accounts.users.models import User

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "nina@new.example", "canary-password-of-nina"
NOBODY = "nobody@new.example"
CODE = re.compile(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", re.MULTILINE)
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def nina() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def asks_to_sign_in(email: str = EMAIL) -> Client:
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"email": email, "next": "/you/data/"})
    return browser


def signs_up() -> Client:
    browser = Client()
    browser.post(reverse("account_signup"), {"email": EMAIL, "password1": PASSWORD})
    return browser


def asks_again(browser: Client, page: str) -> str:
    """What the page says after the button for a new code was pressed."""
    sent = {"action": "resend", "next": "/you/data/"}
    answer = browser.post(reverse(page), sent, follow=True)
    assert answer.redirect_chain[-1][0] == f"{reverse(page)}?next=%2Fyou%2Fdata%2F"
    return str(answer.content.decode())


def codes() -> list[str]:
    return [found[1] for one in mail.outbox if (found := CODE.search(str(one.body)))]


@pytest.mark.parametrize("page", ["account_confirm_login_code", "account_email_verification_sent"])
def test_another_code_may_be_asked_for_after_half_a_minute_and_the_page_says_when(
    clock: time_machine.Traveller, request: pytest.FixtureRequest, page: str
) -> None:
    if page == "account_confirm_login_code":
        request.getfixturevalue("nina")
        browser = asks_to_sign_in()
    else:
        browser = signs_up()
    assert f'data-wait="{RESEND_AFTER}"' in browser.get(reverse(page)).content.decode()
    clock.shift(12)
    assert "you can ask for another one in 18 seconds" in asks_again(browser, page)
    assert len(codes()) == 1
    clock.shift(18)
    assert 'data-wait="0"' in browser.get(reverse(page)).content.decode()
    assert f'data-wait="{RESEND_AFTER}"' in asks_again(browser, page)
    first, second = codes()
    assert first != second

    browser.post(reverse(page), {"code": first})
    assert browser.get(reverse("own-data")).status_code != 200
    browser.post(reverse(page), {"code": second})
    assert browser.get(reverse("own-data")).status_code == 200


def test_after_two_more_codes_there_is_no_third(nina: User, clock: time_machine.Traveller) -> None:
    browser, page = asks_to_sign_in(), "account_confirm_login_code"
    for _ in range(2):
        clock.shift(RESEND_AFTER)
        said = asks_again(browser, page)
    assert "Send a new code" not in said
    clock.shift(RESEND_AFTER)
    browser.post(reverse(page), {"action": "resend"})
    assert len(codes()) == 3


def test_nobody_learns_from_it_which_addresses_are_known(
    nina: User, clock: time_machine.Traveller
) -> None:
    known, unknown = asks_to_sign_in(EMAIL), asks_to_sign_in(NOBODY)
    page = "account_confirm_login_code"
    for seconds in (10, RESEND_AFTER):
        clock.shift(seconds)
        one, other = (
            re.sub(r'value="\w{64}"', "", asks_again(browser, page)).replace(email, "")
            for browser, email in ((known, EMAIL), (unknown, NOBODY))
        )
        assert one == other
    assert sum(NOBODY in one.to for one in mail.outbox) == 2


def test_all_browsers_together_ask_for_no_more_codes_than_before(
    nina: User, clock: time_machine.Traveller, settings: Settings
) -> None:
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {}  # allauth's own: 3 a minute
    browsers = [asks_to_sign_in() for _ in range(3)]
    assert len(codes()) == 3
    clock.shift(RESEND_AFTER)
    for browser in browsers:
        page = asks_again(browser, "account_confirm_login_code")
        assert "The limit of 3 codes to sign in for this address in one minute is reached." in page
    assert len(codes()) == 3
    clock.shift(RESEND_AFTER + 1)
    asks_again(browsers[0], "account_confirm_login_code")
    assert len(codes()) == 4


def test_a_new_code_for_a_password_is_asked_for_on_the_page_before(nina: User) -> None:
    browser = Client()
    browser.post(reverse("account_reset_password"), {"email": EMAIL})
    page = browser.get(reverse("account_confirm_password_reset_code")).content.decode()
    assert f'href="{reverse("account_reset_password")}"' in page
    assert browser.get(reverse("account_reset_password")).status_code == 200
