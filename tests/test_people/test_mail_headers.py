"""No form carries a line break into the head of a mail."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.email.services.rendering import composed, written
from accounts.members.models.invitation import Invitation
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast

HOSTILE = [
    "Acme\r\nBcc: evil@evil.example",
    "Acme\nBcc: evil@evil.example",
    "Acme\rBcc: evil@evil.example",
    "Acme\x0bBcc: evil@evil.example",
    "Acme\u2028Bcc: evil@evil.example",
    "Acme\x00",
    "Acme \u202emecA",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_name_of_an_organisation(owner_browser: Client, cast: Cast, name: str) -> None:
    settings = reverse("tenant-settings", args=[cast.tenant.slug])
    for page in (reverse("tenant-new"), settings):
        answer = owner_browser.post(page, {"name": name, "reply_to": ""})
        assert answer.status_code == 422, page
    assert not Tenant.objects.filter(name__contains="Bcc").exists()
    assert Tenant.objects.get(pk=cast.tenant.pk).name == "Acme Agency"


@pytest.mark.parametrize("tail", ["\r\nBcc: evil@evil.example", "\nX: y", "\x0b\x0cBcc: a@b.cc"])
def test_the_reply_address(owner_browser: Client, cast: Cast, tail: str) -> None:
    page = reverse("tenant-settings", args=[cast.tenant.slug])
    answer = owner_browser.post(page, {"name": "Acme Agency", "reply_to": f"a@acme.example{tail}"})
    assert answer.status_code == 422
    assert Tenant.objects.get(pk=cast.tenant.pk).reply_to == ""


def test_the_addresses_of_an_invitation(owner_browser: Client, cast: Cast) -> None:
    page = reverse("members-invite", args=[cast.tenant.slug])
    sent = {"emails": "new@acme.example\r\nBcc: evil@evil.example", "role": "viewer"}
    assert owner_browser.post(page, sent).status_code == 422
    with tenant_scope(cast.tenant):
        assert not Invitation.objects.exists()
    assert mail.outbox == []


@pytest.mark.parametrize("name", ["account_signup", "account_request_login_code"])
def test_the_address_of_a_person(db: None, name: str) -> None:
    email = "nina@new.example\r\nBcc: evil@evil.example"
    answer = Client().post(reverse(name), {"email": email, "password1": "canary-long-enough"})
    assert answer.status_code == 200
    assert mail.outbox == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_there_already_makes_no_head_either(name: str) -> None:
    """Whatever a row holds: the subject stays one line, and there is nobody else to send to."""
    mails = [
        composed(f"About {name}", "Text", ["o@acme.example"]),
        written("deletion_requested", ["o@acme.example"], tenant=name, who=name, leaves_at=None),
    ]
    for one in mails:
        sent = one.message()
        assert sent["Bcc"] is None
        assert [value for key, value in sent.items() if key == "To"] == ["o@acme.example"]
        assert "\n" not in one.subject
        assert "\r" not in one.subject
        assert one.recipients() == ["o@acme.example"]
