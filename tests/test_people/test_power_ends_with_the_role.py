"""Whoever loses a role loses what it let them do: nothing that they left behind lets them back."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.invitations import NotUsable, accept, end_unbacked, invite
from accounts.members.services.members import change_role, remove_member
from accounts.offboarding.services.account_closure import close_account
from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from tests.cast import Cast, signed_in
from tests.queued_emails import deliver
from tests.test_people.test_invitations import link, person

pytestmark = pytest.mark.django_db
SECOND = "second@new.example"


def invited_by(cast: Cast, who: User, email: str = SECOND, role: str = "admin") -> str:
    """An invitation made by `who`; the path of its link."""
    address = reverse("members-invite", args=[cast.tenant.slug])
    signed_in(who).post(address, {"emails": email, "role": role})
    deliver()
    return link()


def membership(cast: Cast, user: User) -> Membership:
    return Membership.objects.get(tenant=cast.tenant, user=user)


def tries_to_come_back(path: str, who: User) -> Any:
    browser = signed_in(who)
    browser.post(f"{path}accept/")
    return browser.get(path)


def removed(cast: Cast) -> None:
    remove_member(membership(cast, cast.teammate), by_worker())


def made_a_viewer(cast: Cast) -> None:
    change_role(membership(cast, cast.teammate), Role.VIEWER, by_worker())


def closed(cast: Cast) -> None:
    close_account(cast.teammate, by_worker())


@pytest.mark.parametrize("ends", [removed, made_a_viewer, closed])
def test_an_invitation_made_before_lets_nobody_in(cast: Cast, ends: Any) -> None:
    path = invited_by(cast, cast.teammate)
    accomplice = person(SECOND)
    with tenant_scope(cast.tenant):
        ends(cast)
    page = tries_to_come_back(path, accomplice)
    assert page.status_code == 410
    assert "took it back" in page.content.decode()
    assert not Membership.objects.filter(tenant=cast.tenant, user=accomplice).exists()
    with across_tenants():
        assert AuditEvent.objects.filter(tag="accounts:invitation:revoked").count() == 1


def test_an_invitation_of_somebody_else_to_an_address_of_theirs_ends_too(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.teammate, email=SECOND, verified=True, primary=False)
    path = invited_by(cast, cast.owner)
    with tenant_scope(cast.tenant):
        remove_member(membership(cast, cast.teammate), by_worker())
    assert tries_to_come_back(path, cast.teammate).status_code == 410
    assert not Membership.objects.filter(tenant=cast.tenant, user=cast.teammate).exists()


def test_those_of_others_and_of_the_portal_itself_stay(cast: Cast) -> None:
    path = invited_by(cast, cast.owner)
    with tenant_scope(cast.tenant):
        invite(cast.tenant, ["third@new.example"], Role.VIEWER, by_worker())
        remove_member(membership(cast, cast.teammate), by_worker())
        assert Invitation.objects.pending().count() == 2
    accomplice = person(SECOND)
    tries_to_come_back(path, accomplice)
    assert Membership.objects.filter(tenant=cast.tenant, user=accomplice).exists()


def test_one_that_slipped_through_is_refused_when_it_is_accepted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = invited_by(cast, cast.teammate)
    accomplice = person(SECOND)
    with tenant_scope(cast.tenant):
        membership(cast, cast.teammate).delete()
        row = Invitation.objects.select_related("tenant").get()
        with pytest.raises(NotUsable):
            accept(row, accomplice, by_worker())
        assert end_unbacked(cast.tenant, by_worker()) == 1
    assert tries_to_come_back(path, accomplice).status_code == 410


@pytest.mark.parametrize("way", ["role", "invite"])
def test_making_somebody_an_owner_asks_for_fresh_proof_and_goes_on_after_it(
    cast: Cast, way: str
) -> None:
    cast.owner.set_password("canary-password-of-olive")
    cast.owner.save()
    browser = signed_in(cast.owner)
    row = membership(cast, cast.viewer)
    address, typed = {
        "role": (reverse("member-role", args=[cast.tenant.slug, row.pk]), {"role": "owner"}),
        "invite": (
            reverse("members-invite", args=[cast.tenant.slug]),
            {"emails": SECOND, "role": "owner"},
        ),
    }[way]
    answer = browser.post(address, typed)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    row.refresh_from_db()
    assert row.role == "viewer"
    assert mail.outbox == []
    sent = {"password": "canary-password-of-olive", "next": address}
    browser.post(reverse("account_reauthenticate"), sent, follow=True)
    if way == "role":
        row.refresh_from_db()
        assert row.role == "owner"
    else:
        deliver()
        assert [one.to for one in mail.outbox] == [[SECOND]]


def test_other_roles_ask_for_none(cast: Cast) -> None:
    row = membership(cast, cast.viewer)
    page = reverse("member-role", args=[cast.tenant.slug, row.pk])
    signed_in(cast.owner).post(page, {"role": "admin"})
    row.refresh_from_db()
    assert row.role == "admin"
