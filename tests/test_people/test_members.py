"""Members: roles, leaving, handing over, and the settings of the organisation."""

import pytest
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.members import NotAMember, transfer
from accounts.members.services.tenants import add_member
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db


def of(cast: Cast, user: User) -> Membership:
    return Membership.objects.get(tenant=cast.tenant, user=user)


def post(cast: Cast, by: User, page: str, to: User | None = None, **sent: str) -> int:
    args = [cast.tenant.slug, of(cast, to).pk] if to else [cast.tenant.slug]
    return signed_in(by).post(reverse(page, args=args), sent).status_code


def tags(cast: Cast) -> list[str]:
    with tenant_scope(cast.tenant):
        return list(AuditEvent.objects.values_list("tag", flat=True))


def test_everybody_sees_who_is_in_and_only_owners_see_what_to_change(cast: Cast) -> None:
    address = reverse("members", args=[cast.tenant.slug])
    for user in (cast.owner, cast.teammate, cast.viewer):
        page = signed_in(user).get(address).content.decode()
        assert all(one.email in page for one in (cast.owner, cast.teammate, cast.viewer))
        assert cast.outsider.email not in page
        assert ("Hand over" in page) == (user == cast.owner)
        assert ("Send invitations" in page) == (user != cast.viewer)


def test_an_owner_changes_a_role_and_it_is_on_record(cast: Cast) -> None:
    assert post(cast, cast.owner, "member-role", cast.viewer, role="admin") == 303
    assert of(cast, cast.viewer).role == Role.ADMIN
    assert "accounts:member:role_changed" in tags(cast)


def test_a_role_that_does_not_exist_changes_nothing(cast: Cast) -> None:
    assert post(cast, cast.owner, "member-role", cast.viewer, role="emperor") == 303
    assert of(cast, cast.viewer).role == Role.VIEWER


def test_who_is_removed_is_out_at_once(cast: Cast) -> None:
    browser = signed_in(cast.teammate)
    assert browser.get(cast.tenant.get_absolute_url()).status_code == 200
    assert post(cast, cast.owner, "member-remove", cast.teammate) == 303
    assert browser.get(cast.tenant.get_absolute_url()).status_code == 404
    assert "accounts:member:removed" in tags(cast)


def test_a_member_leaves(cast: Cast) -> None:
    assert post(cast, cast.viewer, "member-leave") == 303
    assert not Membership.objects.filter(user=cast.viewer).exists()


@pytest.mark.parametrize(
    ("name", "sent"), [("member-role", {"role": "viewer"}), ("member-remove", {})]
)
def test_the_last_owner_stays(cast: Cast, name: str, sent: dict[str, str]) -> None:
    address = reverse(name, args=[cast.tenant.slug, of(cast, cast.owner).pk])
    page = signed_in(cast.owner).post(address, sent, follow=True).content.decode()
    assert "an organisation needs an owner" in page
    assert of(cast, cast.owner).role == Role.OWNER


def test_the_last_owner_is_told_before_that_leaving_takes_another_owner(cast: Cast) -> None:
    page = reverse("member-leave", args=[cast.tenant.slug])
    assert "You are its only owner" in signed_in(cast.owner).get(page).content.decode()
    post(cast, cast.owner, "member-role", cast.teammate, role="owner")
    assert "You are its only owner" not in signed_in(cast.owner).get(page).content.decode()


def test_the_last_owner_cannot_leave_and_one_of_two_can(cast: Cast) -> None:
    post(cast, cast.owner, "member-leave")
    assert of(cast, cast.owner).role == Role.OWNER
    post(cast, cast.owner, "member-role", cast.teammate, role="owner")
    post(cast, cast.owner, "member-leave")
    assert not Membership.objects.filter(user=cast.owner).exists()


def test_an_owner_hands_the_organisation_over(cast: Cast) -> None:
    assert post(cast, cast.owner, "member-transfer", cast.viewer) == 303
    assert of(cast, cast.viewer).role == Role.OWNER
    assert of(cast, cast.owner).role == Role.ADMIN
    assert "accounts:tenant:transferred" in tags(cast)


def test_nobody_hands_over_what_is_not_theirs(cast: Cast) -> None:
    for user in (cast.teammate, cast.viewer):
        assert post(cast, user, "member-transfer", cast.viewer) == 403
        assert post(cast, user, "member-role", cast.viewer, role="owner") == 403
        assert post(cast, user, "member-remove", cast.owner) == 403


def test_a_member_of_another_organisation_is_nobody_here(cast: Cast) -> None:
    foreign = Membership.objects.get(user=cast.outsider)
    for name in ("member-role", "member-remove", "member-transfer"):
        address = reverse(name, args=[cast.tenant.slug, foreign.pk])
        assert signed_in(cast.owner).post(address, {"role": "viewer"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.role == Role.OWNER


def test_a_dangerous_act_asks_for_the_password_again(cast: Cast) -> None:
    cast.owner.set_password("canary-password-of-olive")
    cast.owner.save()
    address = reverse("member-remove", args=[cast.tenant.slug, of(cast, cast.viewer).pk])
    answer = signed_in(cast.owner).post(address)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert of(cast, cast.viewer).role == Role.VIEWER


def test_an_owner_renames_and_the_address_stays(cast: Cast) -> None:
    sent = {"name": "Acme & Partners", "reply_to": "desk@acme.example"}
    assert post(cast, cast.owner, "tenant-settings", None, **sent) == 303
    tenant = Tenant.objects.get(pk=cast.tenant.pk)
    assert (tenant.name, tenant.slug) == ("Acme & Partners", cast.tenant.slug)
    assert tenant.reply_to == "desk@acme.example"
    with tenant_scope(tenant):
        event = AuditEvent.objects.get(tag="accounts:tenant:changed")
    assert event.data["name"] == {"before": "Acme Agency", "after": "Acme & Partners"}


@pytest.mark.parametrize(
    "sent", [{"name": " "}, {"name": "A", "reply_to": "x\r\nBcc: y@z.example"}]
)
def test_bad_settings_change_nothing(cast: Cast, sent: dict[str, str]) -> None:
    assert post(cast, cast.owner, "tenant-settings", None, **sent) == 422
    assert Tenant.objects.get(pk=cast.tenant.pk).name == "Acme Agency"


def test_the_switcher_leads_to_the_same_page_of_another_organisation(cast: Cast) -> None:
    add_member(tenant=cast.elsewhere, user=cast.owner, role=Role.VIEWER, actor=by_worker())
    page = signed_in(cast.owner).get(reverse("members", args=[cast.tenant.slug])).content.decode()
    assert f'href="{reverse("members", args=[cast.elsewhere.slug])}"' in page


def test_the_number_of_queries_does_not_grow_with_the_members(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        user = User.objects.create_user(f"m{number}@acme.example")
        add_member(tenant=cast.tenant, user=user, role=Role.VIEWER, actor=by_worker())
    browser = signed_in(cast.owner)
    with django_assert_max_num_queries(20):  # type: ignore[operator]  # a fixture of pytest-django
        browser.get(reverse("members", args=[cast.tenant.slug]))


def test_a_service_refuses_to_hand_over_what_the_giver_does_not_own(cast: Cast) -> None:
    with pytest.raises(NotAMember):
        transfer(of(cast, cast.teammate), of(cast, cast.viewer), by_worker())
    assert of(cast, cast.viewer).role == Role.VIEWER
