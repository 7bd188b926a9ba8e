"""Staff sign people out of browsers that are not in their hands any more."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants
from accounts.users.models import User
from tests.cast import Cast

PASSWORD = "canary-password-of-vera"


def signs_in(person: User) -> Client:
    browser = Client()
    sent = {"login": person.email, "password": PASSWORD}
    assert browser.post(reverse("account_login"), sent).status_code == 302
    return browser


def with_password(person: User) -> User:
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def test_staff_end_the_sessions_of_a_computer_that_was_stolen(staff: Client, cast: Cast) -> None:
    vera = with_password(cast.viewer)
    stolen, kept = signs_in(vera), signs_in(vera)
    session = UserSession.objects.get(session_key=stolen.session.session_key)
    address = reverse("admin:usersessions_usersession_changelist")
    data = {"action": "sign_out", "_selected_action": [str(session.pk)]}
    assert "Say why" in staff.post(address, data, follow=True).content.decode()
    assert stolen.get(reverse("own-data")).status_code == 200
    page = staff.post(address, {**data, "reason": "Stolen"}, follow=True).content.decode()
    assert "1 browsers of 1 people are signed out." in page
    assert stolen.get(reverse("own-data")).status_code == 302
    assert kept.get(reverse("own-data")).status_code == 200
    with across_tenants():
        event = AuditEvent.objects.get(tag="accounts:user:signed_out")
    assert (event.actor_kind, event.data["staff_reason"]) == ("staff", "Stolen")
    assert event.target_id == str(cast.viewer.pk)
