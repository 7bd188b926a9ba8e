"""Signing up, signing in, and the first organisation."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.members.models.membership import Membership
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from tests.cast import Cast
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, path_of

pytestmark = pytest.mark.django_db
PASSWORD = "canary-password-of-nina"


def code_in_mail() -> str:
    match = re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert match, mail.outbox[-1].body
    return match.group(1)


def sign_up(browser: Client, email: str) -> None:
    browser.post(reverse("account_signup"), {"email": email, "password1": PASSWORD})


def test_a_person_signs_up_with_a_mailed_code_and_makes_an_organisation() -> None:
    browser = Client()
    sign_up(browser, "Nina@New.example")
    assert mail.outbox[-1].to == ["nina@new.example"]
    answer = browser.post(
        reverse("account_email_verification_sent"), {"code": code_in_mail()}, follow=True
    )
    assert answer.redirect_chain[-1][0] == reverse("tenant-new")
    answer = browser.post(reverse("tenant-new"), {"name": "New & Sons"})
    assert answer["Location"] == "/t/new-sons/"
    assert browser.get("/t/new-sons/").status_code == 200
    membership = Membership.objects.get()
    assert (membership.user.email, membership.role) == ("nina@new.example", "owner")
    with across_tenants():
        tags = set(AuditEvent.objects.values_list("tag", flat=True))
    assert {"accounts:user:signed_up", "accounts:user:signed_in", "accounts:tenant:created"} <= tags


def test_nobody_gets_in_before_the_address_is_verified() -> None:
    browser = Client()
    sign_up(browser, "nina@new.example")
    assert browser.get(reverse("tenant-new")).status_code == 302
    assert not EmailAddress.objects.get().verified


def test_signing_up_with_a_known_address_tells_its_owner_and_nobody_else(cast: Cast) -> None:
    known, unknown = Client(), Client()
    answers = [
        browser.post(reverse("account_signup"), {"email": email, "password1": PASSWORD})
        for browser, email in ((known, cast.owner.email), (unknown, "nobody@new.example"))
    ]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0]["Location"] == answers[1]["Location"]
    assert User.objects.filter(email=cast.owner.email).count() == 1


def test_a_person_signs_in_with_google_and_no_token_is_kept(google: EmulatorThread) -> None:
    browser = Client()
    leave = browser.post(reverse("google_login"))
    assert "code_challenge_method=S256" in leave["Location"]
    back = Person(google.base_url, AGENCY).consent(leave["Location"])
    answer = browser.get(path_of(back), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("tenant-new")
    assert User.objects.get().email == AGENCY
    assert SocialAccount.objects.count() == 1
    assert not SocialToken.objects.exists()


def test_a_google_sign_in_never_takes_over_an_account_by_its_address(
    google: EmulatorThread,
) -> None:
    victim = User.objects.create_user(AGENCY, PASSWORD)
    EmailAddress.objects.create(user=victim, email=AGENCY, verified=True, primary=True)
    browser = Client()
    leave = browser.post(reverse("google_login"))
    browser.get(path_of(Person(google.base_url, AGENCY).consent(leave["Location"])), follow=True)
    assert browser.get("/").status_code == 200
    assert not SocialAccount.objects.filter(user=victim).exists()


@pytest.mark.parametrize(
    ("name", "slug"), [("Acme", "acme"), ("New", "new-"), ("日本", "organisation")]
)
def test_a_slug_is_made_from_the_name(cast: Cast, name: str, slug: str) -> None:
    browser = Client()
    browser.force_login(cast.owner, "allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.post(reverse("tenant-new"), {"name": name})
    assert answer["Location"].startswith(f"/t/{slug}")


def test_an_organisation_needs_a_name(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.owner, "allauth.account.auth_backends.AuthenticationBackend")
    before = Tenant.objects.count()
    assert browser.post(reverse("tenant-new"), {"name": "  "}).status_code == 422
    assert Tenant.objects.count() == before
