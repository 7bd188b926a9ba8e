"""Fifty people do the same thing in the same moment."""

import re
from collections.abc import Callable
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import NotUsable, accept, invite
from accounts.members.services.members import LastOwner, remove_member
from accounts.members.services.tenants import add_member
from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from tests.cast import Cast, make_cast, signed_in
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, leave_to_connect, path_of
from tests.races import together
from tokens.connections.models.connection import GoogleConnection
from tokens.exchanges.models import Exchange

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 50


def test_one_of_fifty_redeems_an_invitation() -> None:
    cast = make_cast()
    nina = User.objects.create_user("nina@new.example")
    EmailAddress.objects.create(user=nina, email=nina.email, verified=True, primary=True)
    with tenant_scope(cast.tenant):
        made = invite(cast.tenant, [nina.email], Role.VIEWER, by_worker())

    def redeem() -> bool:
        with tenant_scope(cast.tenant):
            try:
                accept(Invitation.objects.get(pk=made[0].row.pk), nina, by_worker())
            except NotUsable:
                return False
            return True

    assert sum(together([redeem] * MANY)) == 1
    assert Membership.objects.filter(user=nina).count() == 1


def test_of_fifty_owners_who_leave_together_one_stays() -> None:
    cast: Cast = make_cast()
    for number in range(MANY - 1):
        user = User.objects.create_user(f"o{number}@acme.example")
        add_member(tenant=cast.tenant, user=user, role=Role.OWNER, actor=by_worker())
    owners = Membership.objects.filter(tenant=cast.tenant, role=Role.OWNER)

    def leave(row: Membership) -> Callable[[], bool]:
        def go() -> bool:
            with tenant_scope(cast.tenant):
                try:
                    remove_member(row, by_worker())
                except LastOwner:
                    return False
                return True

        return go

    assert sum(together([leave(row) for row in owners.all()])) == MANY - 1
    assert owners.all().count() == 1


@pytest.mark.slow
def test_one_of_fifty_browsers_redeems_a_sign_in_code() -> None:
    email = "nina@new.example"
    nina = User.objects.create_user(email)
    EmailAddress.objects.create(user=nina, email=email, verified=True, primary=True)
    browser = Client()
    browser.post(reverse("account_request_login_code"), {"email": email})
    found = re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found
    code, cookie = found[1], browser.cookies[settings.SESSION_COOKIE_NAME].value

    def redeem() -> bool:
        one = Client(raise_request_exception=False)
        one.cookies[settings.SESSION_COOKIE_NAME] = cookie
        one.post(reverse("account_confirm_login_code"), {"code": code})
        return SESSION_KEY in one.session

    assert sum(together([redeem] * MANY)) == 1
    with across_tenants():
        assert AuditEvent.objects.filter(tag="accounts:user:signed_in").count() == 1


def test_one_of_fifty_answers_redeems_the_state_of_a_flow(google: EmulatorThread) -> None:
    cast = make_cast()
    browser = signed_in(cast.owner)
    back = path_of(Person(google.base_url, AGENCY).consent(leave_to_connect(browser, cast.tenant)))
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value

    def answer() -> bool:
        one = Client(raise_request_exception=False)
        one.cookies[settings.SESSION_COOKIE_NAME] = cookie
        return one.get(back).status_code == HTTPStatus.SEE_OTHER

    assert all(together([answer] * MANY)), "all are led to where the first one is led"
    with across_tenants():
        asked = Exchange.objects.filter(request_body__grant_type="authorization_code")
        assert asked.count() == 1
        assert GoogleConnection.objects.count() == 1
        assert AuditEvent.objects.filter(tag="tokens:connection:connected").count() == 1
