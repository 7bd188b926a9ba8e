"""Neither the answer nor the time of a page tells which addresses have an account here."""

import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import BasePasswordHasher, MD5PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.authentication.views.codes import RESEND_AFTER
from accounts.users.models import User
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, path_of

PASSWORD = "canary-password-of-nina"
UNKNOWN = "nobody@new.example"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each password that was made unreadable: what takes nearly all of the time."""
    done: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(hasher: BasePasswordHasher, password: str, salt: str) -> str:
        done.append(password)
        return str(encode(hasher, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return done


@pytest.fixture
def people(cast: Cast) -> dict[str, str]:
    """Addresses of each sort that the portal knows or does not."""
    google_only = User.objects.create_user("gina@known.example")
    closed = User.objects.create_user("carl@known.example", "another", is_active=False)
    for user in (google_only, closed):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return {
        "unknown": UNKNOWN,
        "known": cast.owner.email,
        "without a password": google_only.email,
        "closed": closed.email,
    }


PAGES = {
    "account_signup": {"password1": PASSWORD},
    "account_login": {"password": PASSWORD},
    "account_request_login_code": {},
    "account_reset_password": {},
}


@pytest.mark.parametrize("asked", PAGES)
def test_every_address_costs_the_same_work_and_gets_the_same_answer(
    people: dict[str, str], hashed: list[str], asked: str
) -> None:
    seen = {}
    for sort, email in people.items():
        hashed.clear()
        mail.outbox.clear()
        field = "login" if asked == "account_login" else "email"
        answer = Client().post(reverse(asked), {field: email, **PAGES[asked]})
        text = answer.content.decode().replace(email, "")
        told = "were not correct" in text or "not correct" in text
        seen[sort] = (
            len(hashed),
            len(mail.outbox),
            answer.status_code,
            answer.get("Location"),
            told,
        )
    assert len(set(seen.values())) == 1, seen


@pytest.mark.parametrize("asked", ["account_signup", "account_request_login_code"])
def test_a_code_that_is_asked_for_again_makes_a_mail_for_every_address(
    people: dict[str, str], asked: str
) -> None:
    follows = {
        "account_signup": "account_email_verification_sent",
        "account_request_login_code": "account_confirm_login_code",
    }
    for email in (people["unknown"], people["known"]):
        browser = Client()
        browser.post(reverse(asked), {"email": email, **PAGES[asked]})
        mail.outbox.clear()
        with time_machine.travel(time.time() + RESEND_AFTER + 1):
            answer = browser.post(reverse(follows[asked]), {"action": "resend"}, follow=True)
        assert "No code was sent" not in answer.content.decode()
        assert [letter.to for letter in mail.outbox] == [[email]]


@pytest.fixture
def owner_of_the_address(google: EmulatorThread, db: None) -> User:
    user = User.objects.create_user(AGENCY, PASSWORD)
    EmailAddress.objects.create(user=user, email=AGENCY, verified=True, primary=True)
    return user


def test_google_for_an_address_with_a_password_says_so_and_promises_no_code(
    google: EmulatorThread, owner_of_the_address: User
) -> None:
    browser = Client()
    leave = browser.post(reverse("google_login"))
    back = Person(google.base_url, AGENCY).consent(leave["Location"])
    answer = browser.get(path_of(back), follow=True)
    connections = reverse("socialaccount_connections")
    assert answer.redirect_chain == [
        (f"{reverse('account_login')}?next=%2Faccounts%2F3rdparty%2F", 302)
    ]
    page = answer.content.decode()
    assert f"You already have an account for {AGENCY}" in page
    assert "code" not in " ".join(str(letter.body) for letter in mail.outbox)
    assert mail.outbox == []
    typed = {"login": AGENCY, "password": PASSWORD, "next": connections}
    assert browser.post(reverse("account_login"), typed)["Location"] == connections


def test_an_address_that_google_has_not_proven_is_told_nothing(
    google: EmulatorThread, owner_of_the_address: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "allauth.socialaccount.providers.google.provider.GoogleProvider.extract_email_addresses",
        lambda *_: [EmailAddress(email=AGENCY, verified=False, primary=True)],
    )
    browser = Client()
    leave = browser.post(reverse("google_login"))
    back = Person(google.base_url, AGENCY).consent(leave["Location"])
    answer = browser.get(path_of(back), follow=True)
    assert "You already have an account" not in answer.content.decode()
