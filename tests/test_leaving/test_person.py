"""A person takes their data along, or closes their account."""

import json
import threading

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.members import LastOwner
from accounts.members.services.tenants import create_tenant
from accounts.offboarding.services.account_closure import close_account
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from tests.cast import Cast, signed_in

PASSWORD = "correct horse battery"


@pytest.fixture
def tim(cast: Cast) -> Client:
    """Tim, who signed in and has just shown again that it is him."""
    cast.teammate.set_password(PASSWORD)
    cast.teammate.save()
    EmailAddress.objects.create(
        user=cast.teammate, email=cast.teammate.email, verified=True, primary=True
    )
    browser = Client()
    data = {"login": cast.teammate.email, "password": PASSWORD}
    assert browser.post(reverse("account_login"), data).status_code == 302
    again = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert again.status_code == 302
    return browser


def close(browser: Client, email: str) -> int:
    return browser.post(reverse("own-account-close"), {"email": email}).status_code


def test_the_file_holds_what_the_portal_knows(tim: Client, cast: Cast) -> None:
    answer = tim.post(reverse("own-data-export"))
    data = json.loads(answer.content)
    assert data["email"] == cast.teammate.email
    assert [one["role"] for one in data["organisations"]] == [Role.ADMIN]
    assert "accounts:user:signed_in" in [act["tag"] for act in data["acts"]]
    assert "password" not in answer.content.decode()
    assert cast.owner.email not in answer.content.decode()


def test_a_closed_account_names_nobody_and_opens_nothing(tim: Client, cast: Cast) -> None:
    email = cast.teammate.email
    Authenticator.objects.create(user=cast.teammate, type="webauthn", data={"name": "Tim's key"})
    assert UserSession.objects.filter(user=cast.teammate).exists()
    assert close(tim, email.upper()) == 303
    user = User.objects.get(pk=cast.teammate.pk)
    assert (user.is_active, user.name) == (False, "")
    assert email not in user.email
    assert not Membership.objects.filter(user=user).exists()
    for kind in (EmailAddress, Authenticator, UserSession):
        assert not kind.objects.filter(user=user).exists()
    assert tim.get(reverse("home", args=[cast.tenant.slug])).status_code in (302, 404)
    assert signed_in(user).get(reverse("own-data")).status_code == 302
    with tenant_scope(cast.tenant):
        assert AuditEvent.objects.filter(tag="accounts:member:left", actor=user).exists()


def test_the_address_must_be_typed(tim: Client, cast: Cast) -> None:
    assert close(tim, "other@acme.example") == 422
    assert User.objects.get(pk=cast.teammate.pk).is_active


def test_the_last_owner_stays_and_is_told_why(cast: Cast) -> None:
    page = signed_in(cast.owner).get(reverse("own-data")).content.decode()
    assert "only owner" in page
    assert cast.tenant.name in page
    assert reverse("tenant-data", args=[cast.tenant.slug]) in page
    with pytest.raises(LastOwner):
        close_account(cast.owner, by_worker())
    assert User.objects.get(pk=cast.owner.pk).is_active


def test_somebody_who_did_not_sign_in_just_now_is_asked_again(cast: Cast) -> None:
    cast.teammate.set_password(PASSWORD)
    cast.teammate.save()
    answer = signed_in(cast.teammate).post(
        reverse("own-account-close"), {"email": cast.teammate.email}
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert answer["Location"].endswith("%2Fyou%2Fclose%2F")
    assert User.objects.get(pk=cast.teammate.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_of_two_last_owners_one_stays() -> None:
    one = User.objects.create_user("one@acme.example")
    two = User.objects.create_user("two@acme.example")
    tenant = create_tenant(name="Pair", owner=one, actor=by_worker())
    Membership.objects.create(tenant=tenant, user=two, role=Role.OWNER)
    start = threading.Barrier(2)

    def leave(user: User) -> None:
        start.wait()
        try:
            close_account(user, by_worker())
        except LastOwner:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=[user]) for user in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Membership.objects.filter(tenant=tenant, role=Role.OWNER).count() == 1
    assert User.objects.filter(is_active=True, pk__in=[one.pk, two.pk]).count() == 1


def test_nobody_without_a_session_gets_anything(db: None) -> None:
    for name in ("own-data-export", "own-account-close"):
        assert Client().post(reverse(name)).status_code == 302
    assert Client().get(reverse("own-data")).status_code == 302
