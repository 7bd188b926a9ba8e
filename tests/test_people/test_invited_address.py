"""Whoever follows an invitation finds its address filled in, and nobody else does."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.test_people.test_invitations import NINA, invite, link

pytestmark = pytest.mark.django_db
PAGES = (
    ("account_signup", "email"),
    ("account_signup_by_passkey", "email"),
    ("account_login", "login"),
    ("account_request_login_code", "email"),
)


@pytest.fixture
def invitation(cast: Cast) -> str:
    invite(cast)
    return link()


def first_value(browser: Client, name: str, field: str, leads_to: str = "") -> object:
    answer = browser.get(reverse(name), {"next": leads_to} if leads_to else {})
    return answer.context["form"][field].value()


@pytest.mark.parametrize(("name", "field"), PAGES)
def test_the_invited_address_is_filled_in(invitation: str, name: str, field: str) -> None:
    guest = Client()
    assert guest.get(invitation).status_code == 200
    assert first_value(guest, name, field, invitation) == NINA


@pytest.mark.parametrize(("name", "field"), PAGES)
def test_whoever_goes_elsewhere_afterwards_finds_the_field_empty(
    invitation: str, name: str, field: str
) -> None:
    guest = Client()
    guest.get(invitation)
    assert not first_value(guest, name, field)
    assert not first_value(guest, name, field, "/t/acme-agency/")
    assert not first_value(Client(), name, field, invitation)


def test_another_address_may_be_typed(invitation: str) -> None:
    guest = Client()
    guest.get(invitation)
    data = {"email": "else@new.example", "password1": "x", "next": invitation}
    again = guest.post(reverse("account_signup"), data)
    assert again.context["form"]["email"].value() == "else@new.example"


def test_the_link_itself_is_not_kept(invitation: str) -> None:
    guest = Client()
    guest.get(invitation)
    token = invitation.rstrip("/").rpartition("/")[2]
    assert token not in str([row.get_decoded() for row in Session.objects.all()])


def test_an_invitation_that_is_over_fills_in_nothing(invitation: str, cast: Cast) -> None:
    guest = Client()
    guest.get(invitation)
    invite(cast, "other@new.example")
    newer = link()
    assert not first_value(guest, "account_signup", "email", newer)
