"""Every change of how a person signs in stands in the record, with where it came from."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import transaction
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.users.models import User
from tests.test_people.test_second_step import EMAIL, PASSWORD, confirm, sign_in, with_app

pytestmark = pytest.mark.django_db
OTHER = "nina@other.example"


@pytest.fixture
def nina() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def recorded(tag: str) -> AuditEvent:
    """The one record of this tag, by the person themself."""
    event = AuditEvent._base_manager.get(tag=f"accounts:user:{tag}")
    assert event.actor_kind == "person"
    assert event.actor is not None
    assert event.actor.email in (EMAIL, OTHER)
    assert event.ip == "127.0.0.1"
    assert "canary" not in str(event.data)
    return event


def in_the_mail() -> str:
    found = re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def test_a_changed_password(nina: User) -> None:
    browser = sign_in()
    new = f"{PASSWORD}-again"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert browser.post(reverse("account_change_password"), sent).status_code == 302
    recorded("password_set")


def test_a_wrong_old_password_changes_and_records_nothing(nina: User) -> None:
    sent = {"oldpassword": "canary-wrong", "password1": "canary-new-one", "password2": "x"}
    assert sign_in().post(reverse("account_change_password"), sent).status_code == 200
    assert not AuditEvent._base_manager.filter(tag="accounts:user:password_set").exists()


def test_second_steps_added_renewed_and_removed(
    nina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # allauth tells of them once the change is committed, which no change of a test ever is.
    monkeypatch.setattr(transaction, "on_commit", lambda act, **_: act())
    browser, _ = with_app(nina)
    added = AuditEvent._base_manager.filter(tag="accounts:user:second_step_added")
    assert {event.data["kind"] for event in added} >= {"TOTP Authenticator"}
    assert browser.post(reverse("mfa_generate_recovery_codes")).status_code == 302
    recorded("second_step_renewed")
    confirm(browser)
    assert browser.post(reverse("mfa_deactivate_totp")).status_code == 302
    removed = AuditEvent._base_manager.filter(tag="accounts:user:second_step_removed")
    assert "TOTP Authenticator" in {event.data["kind"] for event in removed}


def test_another_address(nina: User) -> None:
    browser = sign_in()
    confirm(browser)
    answer = browser.post(reverse("account_email"), {"action_add": "", "email": OTHER})
    assert answer.status_code == 302
    browser.post(reverse("account_email_verification_sent"), {"code": in_the_mail()})
    assert EmailAddress.objects.get(email=OTHER).verified
    browser.post(reverse("account_email"), {"action_primary": "", "email": OTHER})
    change = recorded("email_changed").data["email"]
    assert change == {"before": EMAIL, "after": OTHER}
    browser.post(reverse("account_email"), {"action_remove": "", "email": EMAIL})
    assert recorded("email_removed").data["email"] == EMAIL
