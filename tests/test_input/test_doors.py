"""Every door takes an address by the one rule: kept alike, or refused beside its field."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django import forms
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import models
from django.forms import modelform_factory
from django.test import Client
from django.urls import reverse

from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from accounts.values import form_fields, model_fields
from tests.cast import Cast, signed_in
from tests.queued_emails import deliver
from tests.test_pages.test_every_form import proven

pytestmark = pytest.mark.django_db
PASSWORD = "canary-password-of-nina"
TYPED, KEPT = "\u202aChef@FAß.example\u202c", "chef@xn--fa-hia.example"
BAD = [f"chef@{'a' * 64}.example", "chef@exam\u200bple.com", "chef@xn--0.example", "chef@a.b\x00"]
# Open to visitors, and what they send besides.
OPEN: dict[str, tuple[str, dict[str, str]]] = {
    "account_signup": ("email", {"password1": PASSWORD}),
    "account_signup_by_passkey": ("email", {}),
    "account_login": ("login", {"password": PASSWORD}),
    "account_reset_password": ("email", {}),
    "account_request_login_code": ("email", {}),
}
Door = Callable[[Client, Cast, str], Any]


def invite(browser: Client, cast: Cast, typed: str) -> Any:
    page = reverse("members-invite", args=[cast.tenant.slug])
    return browser.post(page, {"emails": f"new@acme.example\n{typed}", "role": "viewer"})


def reply_to(browser: Client, cast: Cast, typed: str) -> Any:
    page = reverse("tenant-settings", args=[cast.tenant.slug])
    return browser.post(page, {"name": "Acme Agency", "reply_to": typed})


def another(browser: Client, cast: Cast, typed: str) -> Any:
    return browser.post(reverse("account_email"), {"action_add": "", "email": typed})


MEMBERS: list[Door] = [invite, reply_to, another]


def wrong(answer: Any) -> Iterator[str]:
    """The fields of a page's forms that are wrong."""
    for key in ("form", "add_email_form"):
        yield from (answer.context or {}).get(key, forms.Form()).errors


@pytest.mark.parametrize("typed", BAD, ids=ascii)
@pytest.mark.parametrize("name", OPEN)
def test_a_visitor_is_told_beside_the_field(name: str, typed: str) -> None:
    field, rest = OPEN[name]
    answer = Client().post(reverse(name), {field: typed, **rest})
    assert list(wrong(answer)) == [field]
    assert mail.outbox == []


@pytest.mark.parametrize("typed", BAD, ids=ascii)
@pytest.mark.parametrize("door", MEMBERS)
def test_a_member_is_told_beside_the_field_and_nothing_is_done(
    cast: Cast, door: Door, typed: str
) -> None:
    answer = door(proven(cast.owner), cast, typed)
    assert len(set(wrong(answer))) == 1
    assert mail.outbox == []
    with tenant_scope(cast.tenant):
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("name", OPEN)
def test_however_it_is_typed_it_is_the_person_s_own(name: str) -> None:
    person = User.objects.create_user(KEPT, PASSWORD)
    EmailAddress.objects.create(user=person, email=KEPT, verified=True, primary=True)
    field, rest = OPEN[name]
    answer = Client().post(reverse(name), {field: TYPED, **rest})
    assert answer.status_code == 302
    assert [letter.to for letter in mail.outbox] in ([[KEPT]], [])
    assert User.objects.count() == 1


def test_invitations_and_reply_addresses_are_kept_alike(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    assert invite(browser, cast, TYPED).status_code == 303
    assert reply_to(browser, cast, TYPED).status_code == 303
    with tenant_scope(cast.tenant):
        assert Invitation.objects.filter(email=KEPT).exists()
    assert Tenant.objects.get(pk=cast.tenant.pk).reply_to == KEPT
    deliver()
    assert mail.outbox[-1].to == [KEPT]
    assert "chef@faß.example" in str(mail.outbox[-1].body)
    members = browser.get(reverse("members", args=[cast.tenant.slug])).content.decode()
    assert "chef@faß.example" in members
    assert KEPT not in members


def test_the_owner_of_a_domain_that_older_rules_confuse_does_not_get_in(cast: Cast) -> None:
    invite(signed_in(cast.owner), cast, "chef@faß.example")
    fass = User.objects.create_user("chef@fass.example")
    EmailAddress.objects.create(user=fass, email=fass.email, verified=True, primary=True)
    deliver()
    link = next(line for line in str(mail.outbox[-1].body).split() if "/invitations/" in line)
    path = link.removeprefix("http://testserver")
    signed_in(fass).post(f"{path}accept/")
    assert not Membership.objects.filter(user=fass).exists()
    own = User.objects.create_user("chef@FAß.example")
    EmailAddress.objects.create(user=own, email=own.email, verified=True, primary=True)
    signed_in(own).post(f"{path}accept/")
    assert Membership.objects.filter(user=own).exists()


def test_the_command_for_the_first_of_staff_keeps_to_the_rule_too() -> None:
    call_command("createsuperuser", email=TYPED, interactive=False, stdout=StringIO())
    assert User.objects.get().email == KEPT
    with pytest.raises(CommandError, match="is not a host name"):
        call_command("createsuperuser", email=BAD[0], interactive=False, stdout=StringIO())


@pytest.mark.parametrize(
    "field", [one for model in (User, Tenant, Invitation) for one in model._meta.fields]
)
def test_every_form_of_a_column_for_addresses_has_the_rule(field: "models.Field[Any, Any]") -> None:
    if isinstance(field, models.EmailField):
        assert isinstance(field, model_fields.AddressField)
        form = modelform_factory(field.model, fields=[field.name])()
        assert isinstance(form.fields[field.name], form_fields.AddressField)
