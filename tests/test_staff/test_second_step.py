"""Staff pages open after a second step, and only in the session that took it."""

import re
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client
from django.urls import reverse

from accounts.users.models import User
from portal.checks import settings as checks
from tests.cast import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL, PASSWORD = "stan@portal.example", "canary-password-of-stan"
WANTED = "/admin/accounts/tenant/?q=acme"
PAGES = [
    reverse("admin:index"),
    reverse("admin:find"),
    *(
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in apps.get_models()
        if admin.site.is_registered(model)
    ),
]


@pytest.fixture
def stan() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD, is_staff=True, is_superuser=True)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def sign_in() -> Client:
    browser = Client()
    browser.post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})
    return browser


def code_of(secret: str, periods_on: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods_on)))


def set_up_app(browser: Client) -> str:
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = browser.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r'id="totp-key">([A-Z2-7]+)<', page)
    assert found
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(found[1])})
    return found[1]


def test_without_one_no_staff_page_opens(stan: User) -> None:
    browser = signed_in(stan)
    led = {page: browser.get(page).headers.get("Location") for page in PAGES}
    assert set(led.values()) == {reverse("mfa_index")}, led


def test_who_has_none_is_led_to_set_one_up_and_back(stan: User) -> None:
    browser = sign_in()
    led = browser.get(WANTED, follow=True)
    assert led.redirect_chain == [(reverse("mfa_index"), 302)]
    assert "Staff pages open with a second step" in led.content.decode()
    set_up_app(browser)
    codes = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert f'href="{WANTED}">I have kept them, go on</a>' in re.sub(r"\s+", " ", codes)
    assert f'href="{WANTED}">Go on</a>' in browser.get(reverse("mfa_index")).content.decode()
    assert browser.get(WANTED).status_code == 200
    assert "Go on</a>" not in browser.get(reverse("mfa_index")).content.decode()


def test_a_session_from_before_is_asked_for_it_and_brought_back(stan: User) -> None:
    before, other = sign_in(), sign_in()
    secret = set_up_app(other)
    answer = before.get(WANTED)
    assert answer["Location"] == f"{reverse('mfa_reauthenticate')}?{urlencode({'next': WANTED})}"
    proven = before.post(
        answer["Location"], {"code": code_of(secret, 1), "next": WANTED}, follow=True
    )
    assert proven.redirect_chain == [(WANTED, 302)]
    assert proven.status_code == 200


def test_a_password_typed_again_is_no_second_step(stan: User) -> None:
    before, other = sign_in(), sign_in()
    set_up_app(other)
    before.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert before.get(WANTED).status_code == 302


def test_who_has_a_passkey_only_is_asked_for_that(stan: User) -> None:
    Authenticator.objects.create(user=stan, type="webauthn", data={"name": "Key"})
    answer = signed_in(stan).get(WANTED)
    assert answer["Location"].startswith(reverse("mfa_reauthenticate_webauthn"))


def test_a_recovery_code_counts_when_the_device_is_lost(stan: User) -> None:
    browser = sign_in()
    set_up_app(browser)
    page = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    code = re.findall(r"^(?:<pre[^>]*>)?\s*(\d{8})\b", page[page.index("<pre") :], re.MULTILINE)[0]
    lost = sign_in()
    lost.post(reverse("mfa_authenticate"), {"code": code})
    assert lost.get(WANTED).status_code == 200


def test_the_pages_close_when_it_is_taken_away(stan: User) -> None:
    browser = sign_in()
    set_up_app(browser)
    assert browser.get(WANTED).status_code == 200
    Authenticator.objects.filter(user=stan).delete()
    assert browser.get(WANTED)["Location"] == reverse("mfa_index")


def test_one_of_somebody_else_does_not_count(stan: User) -> None:
    browser = sign_in()
    set_up_app(browser)
    other = User.objects.create_user("eve@portal.example")
    Authenticator.objects.filter(user=stan).update(user=other)
    assert browser.get(WANTED).status_code == 302


def test_it_can_be_switched_off_for_a_demo_only(stan: User, settings: Any) -> None:
    settings.STAFF_SECOND_STEP = False
    assert signed_in(stan).get(WANTED).status_code == 200
    assert [one.id for one in checks.staff_take_a_second_step()] == ["portal.E006"]
    with pytest.raises(SystemCheckError, match=r"portal\.E006"):
        call_command("check", tags=["security"])
    settings.DEMO = True
    assert checks.staff_take_a_second_step() == []


def test_a_demo_that_others_can_reach_is_refused(settings: Any) -> None:
    settings.DEMO = True
    settings.BASE_URL = "https://portal.example"
    assert [one.id for one in checks.a_demo_stays_at_home()] == ["portal.E007"]
    settings.BASE_URL = "http://localhost:8000"
    assert checks.a_demo_stays_at_home() == []
    settings.BASE_URL, settings.DEMO = "https://portal.example", False
    assert checks.a_demo_stays_at_home() == []


def test_a_password_is_changed_on_the_portal_s_page_only(staff: Client) -> None:
    """Django's own page would mail nobody, record nothing and leave other sessions open."""
    page = reverse("admin:password_change")
    sent = {"old_password": "x", "new_password1": "y", "new_password2": "y"}
    for answer in (staff.get(page), staff.post(page, sent)):
        assert answer.status_code == 302
        assert answer["Location"] == reverse("account_change_password")
