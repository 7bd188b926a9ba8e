"""Who can read somebody's mail gets a new password, and no further than the second step."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.users.models import User

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD, NEW = "nina@new.example", "canary-password-of-nina", "canary-password-anew"
CODE = re.compile(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", re.MULTILINE)


@pytest.fixture
def nina() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def with_app(nina: User) -> str:
    """Give her an authenticator app; returns what it makes its codes of."""
    secret: str = generate_totp_secret()
    TOTP.activate(nina, secret)
    return secret


def with_passkey(nina: User) -> None:
    data = {"name": "Telephone", "credential": {}}
    Authenticator.objects.create(user=nina, type=Authenticator.Type.WEBAUTHN, data=data)


def is_in(browser: Client) -> bool:
    return browser.get(reverse("own-data")).status_code == 200


def signs_in(password: str) -> tuple[Client, str]:
    browser = Client()
    answer = browser.post(reverse("account_login"), {"login": EMAIL, "password": password})
    return browser, str(answer.headers.get("Location", ""))


def resets(browser: Client) -> None:
    """Take the mailed code to a new password."""
    asked = browser.post(reverse("account_reset_password"), {"email": EMAIL}, follow=True)
    found = CODE.search(str(mail.outbox[-1].body))
    assert found
    place = asked.redirect_chain[-1][0]
    confirmed = browser.post(place, {"code": found[1]}, follow=True)
    place = confirmed.redirect_chain[-1][0]
    done = browser.post(place, {"password1": NEW, "password2": NEW})
    assert done.status_code == 302


@pytest.mark.parametrize("second", [with_app, with_passkey])
def test_after_a_reset_the_second_step_is_asked_for_as_before(
    nina: User, second: Callable[[User], object]
) -> None:
    second(nina)
    mine = set(Authenticator.objects.values_list("pk", flat=True))
    thief = Client()
    resets(thief)
    assert not is_in(thief)
    browser, place = signs_in(NEW)
    assert place.startswith(reverse("mfa_authenticate"))
    assert not is_in(browser)
    assert set(Authenticator.objects.values_list("pk", flat=True)) == mine


def test_the_right_code_of_the_app_lets_in_after_a_reset(nina: User) -> None:
    secret = with_app(nina)
    resets(Client())
    browser, place = signs_in(NEW)
    wrong = browser.post(place, {"code": "000000"})
    assert wrong.status_code == 200
    assert not is_in(browser)
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    browser.post(place, {"code": code})
    assert is_in(browser)


def test_a_mailed_code_to_sign_in_does_not_get_past_the_second_step_either(nina: User) -> None:
    with_app(nina)
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"email": EMAIL})
    found = CODE.search(str(mail.outbox[-1].body))
    assert found
    answer = browser.post(reverse("account_confirm_login_code"), {"code": found[1]})
    assert str(answer.headers["Location"]).startswith(reverse("mfa_authenticate"))
    assert not is_in(browser)


def test_a_reset_ends_every_session_and_the_old_password_and_says_so_by_mail(nina: User) -> None:
    telephone, _ = signs_in(PASSWORD)
    laptop, _ = signs_in(PASSWORD)
    assert is_in(telephone)
    assert is_in(laptop)
    resets(Client())
    assert not is_in(telephone)
    assert not is_in(laptop)
    assert not is_in(signs_in(PASSWORD)[0])
    assert is_in(signs_in(NEW)[0])
    letter = mail.outbox[-1]
    assert letter.to == [EMAIL]
    words = " ".join(str(letter.body).split())
    assert "Your password was reset. You were signed out everywhere." in words
    assert "a second step is asked for as before" in words
