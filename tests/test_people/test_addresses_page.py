"""The page of one's e-mail addresses offers what can be done with them, and nothing else."""

from allauth.account.models import EmailAddress
from django.test import Client

from tests.cast import Cast

PAGE = "/accounts/email/"


def test_buttons_are_there_for_what_can_be_done(owner_browser: Client, cast: Cast) -> None:
    mail = cast.owner.email
    EmailAddress.objects.create(user=cast.owner, email=mail, verified=True, primary=True)
    page = owner_browser.get(PAGE).content.decode()
    assert mail in page
    assert not any(name in page for name in ("action_primary", "action_send", "action_remove"))
    EmailAddress.objects.create(user=cast.owner, email="olive@home.example", verified=False)
    page = owner_browser.get(PAGE).content.decode()
    assert all(name in page for name in ("action_primary", "action_send", "action_remove"))
