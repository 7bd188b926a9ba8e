"""No `next=` leads to another site, on whatever page it is put.

A form may hand it on as it came: it is judged where it would be followed.
"""

import html
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from accounts.users.models import User
from tests.cast import with_second_step
from tests.test_isolation.test_routes import addresses

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "nina@new.example", "canary-password-of-nina"
HOSTILE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "/\t/evil.example/",
    "javascript:alert(1)//evil.example",
    "data:text/html,evil.example",
    "https://evil.example\\@testserver/",
    "//evil。example/",
]
LED = re.compile(r"""(?:href|action|formaction)=["']([^"']*)["']""")


def pages() -> list[str]:
    """Every page that has an address of its own, of the portal and of allauth."""
    found = []
    for _, pattern in addresses(get_resolver().url_patterns):
        if pattern.name:
            try:
                found.append(reverse(pattern.name))
            except NoReverseMatch:
                continue
    return sorted(set(found))


def leads_away(address: str) -> bool:
    """Whether a browser that follows `address` from one of our pages leaves the site."""
    seen = re.sub(r"[\t\r\n]", "", html.unescape(address).strip()).replace("\\", "/")
    parts = urlsplit(seen)
    return "evil" in f"{parts.scheme}{parts.netloc}" or parts.scheme in ("javascript", "data")


def assert_stays(answer: Any, why: object) -> None:
    if "Location" in answer.headers:
        assert not leads_away(answer["Location"]), why
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        page = answer.content.decode()
        assert not any(map(leads_away, LED.findall(page))), why


def test_there_are_pages_to_ask() -> None:
    assert {reverse("account_login"), reverse("theme"), reverse("mfa_index")} <= set(pages())
    assert len(pages()) >= 30


@pytest.fixture
def nina() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD, is_staff=True)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


@pytest.mark.slow
def test_no_page_takes_one_over(nina: User) -> None:
    browsers = {"nobody": Client(), "nina": with_second_step(nina)}
    for page in pages():
        for who, browser in browsers.items():
            for hostile in HOSTILE[:4]:
                if "logout" not in page:
                    assert_stays(browser.get(page, {"next": hostile}), (page, who, hostile))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_form_that_is_done_leads_there(nina: User, hostile: str) -> None:
    forms: list[tuple[str, dict[str, str], bool]] = [
        ("account_login", {"login": EMAIL, "password": PASSWORD}, False),
        ("account_signup", {"email": "new@new.example", "password1": PASSWORD}, False),
        ("account_request_login_code", {"email": EMAIL}, False),
        ("account_reauthenticate", {"password": PASSWORD}, True),
        ("account_logout", {}, True),
        ("theme", {"theme": "dark"}, True),
        ("theme", {"theme": "dark"}, False),
    ]
    for name, fields, signed in forms:
        browser = Client()
        if signed:
            browser.post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})
        page = f"{reverse(name)}?{urlencode({'next': hostile})}"
        answer = browser.post(page, {**fields, "next": hostile})
        assert answer.status_code in (200, 302, 303), (name, answer.status_code)
        assert_stays(answer, (name, hostile))
