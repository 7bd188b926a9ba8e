"""Who tried to get in and did not: recorded at every step, without telling who is known."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD, WRONG = "nina@new.example", "canary-password-of-nina", "canary-password-wrong"


@pytest.fixture
def nina() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def tries(email: str, password: str) -> Client:
    browser = Client(REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="Thief/1.0")
    browser.post(reverse("account_login"), {"login": email, "password": password})
    return browser


def refused() -> list[AuditEvent]:
    with across_tenants():
        rows = AuditEvent.objects.filter(tag="accounts:user:sign_in_refused")
        return list(rows.order_by("created_at"))


def test_a_wrong_password_is_recorded_with_whose_it_is_and_from_where(nina: User) -> None:
    tries("Nina@New.example", WRONG)
    (event,) = refused()
    assert (event.target_id, event.actor) == (str(nina.pk), None)
    assert (event.ip, event.user_agent) == ("198.51.100.7", "Thief/1.0")
    assert event.data == {"step": "password"}


def test_what_was_typed_as_an_address_that_nobody_has_is_not_kept(nina: User) -> None:
    tries("canary-password-typed-too-early@new.example", WRONG)
    (event,) = refused()
    kept = {str(getattr(event, field.attname)) for field in event._meta.concrete_fields}
    assert not any("canary" in value for value in kept)
    assert event.target_id == ""


def test_known_and_unknown_addresses_cost_the_same_queries(nina: User) -> None:
    costs = []
    for email in (EMAIL, "nobody@new.example"):
        with CaptureQueriesContext(connection) as queries:
            tries(email, WRONG)
        written = [one["sql"] for one in queries if one["sql"].startswith("INSERT")]
        costs.append(len(written))
    assert costs[0] == costs[1] == 1


def test_the_right_password_is_not_recorded_as_refused(nina: User) -> None:
    tries(EMAIL, PASSWORD)
    assert refused() == []


def test_a_wrong_code_of_the_app_says_how_far_somebody_came(nina: User) -> None:
    TOTP.activate(nina, generate_totp_secret())
    browser = tries(EMAIL, PASSWORD)
    browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    (event,) = refused()
    assert (event.target_id, event.data) == (str(nina.pk), {"step": "TOTP Authenticator"})


def test_a_wrong_code_by_mail_is_recorded(nina: User) -> None:
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"email": EMAIL})
    browser.post(reverse("account_confirm_login_code"), {"code": "AAAA-AAAA"})
    (event,) = refused()
    assert (event.target_id, event.data) == (str(nina.pk), {"step": "code by e-mail"})
