"""Inviting people, and what an invitation lets whom do."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.members.models.invitation import Invitation
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from tests.cast import Cast, signed_in
from tests.queued_emails import deliver, killed, refusing, rows

pytestmark = pytest.mark.django_db
NINA = "nina@new.example"


def person(email: str = NINA, *, verified: bool = True) -> User:
    user = User.objects.create_user(email, "canary-password-of-nina")
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def invite(cast: Cast, emails: str = NINA, role: str = "viewer", by: User | None = None) -> int:
    address = reverse("members-invite", args=[cast.tenant.slug])
    browser = signed_in(by or cast.owner)
    status = browser.post(address, {"emails": emails, "role": role}).status_code
    deliver()
    return status


def link() -> str:
    found = re.search(r"http://testserver(/invitations/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def invitation(cast: Cast) -> Invitation:
    with tenant_scope(cast.tenant):
        return Invitation.objects.get()


def act(cast: Cast, name: str, by: User | None = None) -> int:
    address = reverse(name, args=[cast.tenant.slug, invitation(cast).pk])
    status = signed_in(by or cast.owner).post(address).status_code
    deliver()
    return status


def test_several_people_are_invited_at_once_and_each_gets_a_mail_of_their_own(cast: Cast) -> None:
    assert invite(cast, f"{NINA}, Ned@new.example\n{NINA} {cast.viewer.email}") == 303
    assert [one.to for one in mail.outbox] == [[NINA], ["ned@new.example"]]
    letter = mail.outbox[0]
    assert letter.subject.startswith("Acme Agency: Olive Owner invites you")
    assert "72 hours" not in letter.body
    assert "You get this mail because Olive Owner" in letter.body


def test_the_mail_says_the_same_as_text_and_as_html(cast: Cast) -> None:
    invite(cast)
    letter = mail.outbox[0]
    assert isinstance(letter, EmailMultiAlternatives)
    html = str(letter.alternatives[0][0])
    assert f'href="http://testserver{link()}"' in html
    assert "Accept the invitation</a>" in html
    assert "You get this mail because Olive Owner" in html


def test_a_line_break_in_a_name_cannot_add_a_header(cast: Cast) -> None:
    cast.owner.name = "Olive\nBcc: all@other.example"
    cast.owner.save()
    invite(cast)
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].message()["Bcc"] is None


def test_the_token_is_kept_as_a_fingerprint_only(cast: Cast) -> None:
    invite(cast)
    token = link().rstrip("/").rsplit("/", 1)[1]
    row = invitation(cast)
    assert token not in str(vars(row))
    assert len(row.token_hash) == 64
    assert timedelta(hours=71) < row.expires_at - timezone.now() <= timedelta(hours=72)


def test_whoever_owns_the_address_accepts_and_is_in(cast: Cast) -> None:
    invite(cast, role="admin")
    nina = person()
    browser = signed_in(nina)
    assert "Accept" in browser.get(link()).content.decode()
    answer = browser.post(f"{link()}accept/")
    assert answer["Location"] == cast.tenant.get_absolute_url()
    assert Membership.objects.get(user=nina).role == Role.ADMIN
    assert browser.get(cast.tenant.get_absolute_url()).status_code == 200
    with tenant_scope(cast.tenant):
        tags = AuditEvent.objects.values_list("tag", flat=True)
        assert {"accounts:invitation:sent", "accounts:invitation:accepted"} <= set(tags)


def test_somebody_new_is_led_through_signing_up_and_back(cast: Cast) -> None:
    invite(cast)
    here, browser = link(), Client()
    page = browser.get(here).content.decode()
    assert f"{reverse('account_signup')}?next={here}" in page
    sent = {"email": NINA, "password1": "canary-password-of-nina", "next": here}
    browser.post(reverse("account_signup"), sent)
    code = re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    answer = browser.post(reverse("account_email_verification_sent"), {"code": code[1]})
    assert answer["Location"] == here
    browser.post(f"{here}accept/")
    assert Membership.objects.filter(user__email=NINA, tenant=cast.tenant).exists()


def test_it_works_once(cast: Cast) -> None:
    invite(cast)
    browser = signed_in(person())
    browser.post(f"{link()}accept/")
    Membership.objects.filter(user__email=NINA).delete()
    assert browser.get(link()).status_code == 410
    browser.post(f"{link()}accept/")
    assert not Membership.objects.filter(user__email=NINA).exists()


def test_it_ends_after_72_hours(cast: Cast) -> None:
    invite(cast)
    with tenant_scope(cast.tenant):
        Invitation.objects.update(expires_at=timezone.now())
    browser = signed_in(person())
    browser.post(f"{link()}accept/")
    assert "72 hours" in browser.get(link()).content.decode()
    assert not Membership.objects.filter(user__email=NINA).exists()
    assert invite(cast) == 303
    assert len(mail.outbox) == 2


def test_somebody_else_is_told_so_and_does_not_get_in(cast: Cast) -> None:
    invite(cast)
    browser = signed_in(cast.outsider)
    page = browser.get(link()).content.decode()
    assert f"You are signed in as {cast.outsider.email}" in page
    assert "Sign out and come back here" in page
    assert browser.post(f"{link()}accept/")["Location"] == link()
    assert not Membership.objects.filter(user=cast.outsider, tenant=cast.tenant).exists()


def test_an_address_that_is_not_confirmed_opens_nothing(cast: Cast) -> None:
    invite(cast)
    browser = signed_in(person(verified=False))
    browser.post(f"{link()}accept/")
    assert not Membership.objects.filter(user__email=NINA).exists()


def test_a_link_that_was_never_made_is_a_page_that_does_not_exist(cast: Cast) -> None:
    invite(cast)
    token = link().rstrip("/").rsplit("/", 1)[1]
    elsewhere = reverse("invitation", args=[cast.elsewhere.pk, token])
    nowhere = reverse("invitation", args=["0" * 8 + "-0000-4000-8000-" + "0" * 12, token])
    unknown = reverse("invitation", args=[cast.tenant.pk, "x" * 43])
    assert {Client().get(one).status_code for one in (elsewhere, nowhere, unknown)} == {404}


def test_the_page_is_kept_out_of_caches(cast: Cast) -> None:
    invite(cast)
    assert Client().get(link())["Cache-Control"] == "no-store"


def test_sending_again_ends_the_older_link(cast: Cast) -> None:
    invite(cast)
    old = link()
    assert act(cast, "invitation-send") == 303
    assert link() != old
    assert Client().get(old).status_code == 404
    assert Client().get(link()).status_code == 200


def test_a_link_can_be_copied_by_hand(cast: Cast) -> None:
    invite(cast)
    address = reverse("invitation-link", args=[cast.tenant.slug, invitation(cast).pk])
    page = signed_in(cast.owner).post(address).content.decode()
    found = re.search(r"http://testserver(/invitations/[\w/-]+)", page)
    assert found
    assert Client().get(found[1]).status_code == 200


def test_taking_it_back_ends_it(cast: Cast) -> None:
    invite(cast)
    assert act(cast, "invitation-revoke") == 303
    assert Client().get(link()).status_code == 410


def test_nobody_invites_to_a_role_above_their_own(cast: Cast) -> None:
    assert invite(cast, role="owner", by=cast.teammate) == 422
    assert invite(cast, role="admin", by=cast.teammate) == 303
    assert invite(cast, role="viewer", by=cast.viewer) == 403


def test_nobody_gets_at_an_invitation_to_a_role_above_their_own(cast: Cast) -> None:
    invite(cast, role="owner")
    for name in ("invitation-link", "invitation-send", "invitation-revoke"):
        assert act(cast, name, by=cast.teammate) == 403


@pytest.mark.parametrize("emails", ["", "nonsense", "a@b", " ".join(["x@y.example"] * 51)])
def test_what_is_no_list_of_addresses_is_refused_and_nothing_is_sent(
    cast: Cast, emails: str
) -> None:
    assert invite(cast, emails) == 422
    assert mail.outbox == []


def members(cast: Cast) -> str:
    page = signed_in(cast.owner).get(reverse("members", args=[cast.tenant.slug]))
    return " ".join(page.content.decode().split())


def test_what_is_not_sent_yet_is_said_to_be_on_its_way(cast: Cast) -> None:
    address = reverse("members-invite", args=[cast.tenant.slug])
    page = signed_in(cast.owner).post(address, {"emails": NINA, "role": "viewer"}, follow=True)
    assert "1 invitation is on the way" in page.content.decode()
    assert "On its way" in members(cast)
    deliver()
    assert "On its way" not in members(cast)


def test_a_mail_server_that_refuses_is_said_and_the_invitation_goes_out_later(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing(monkeypatch):
        invite(cast)
    assert "Could not be sent" in members(cast)
    assert "451" in members(cast)
    assert "The portal tries again by itself" in members(cast)
    deliver(1)
    assert "Could not be sent" not in members(cast)
    assert Client().get(link()).status_code == 200


def test_one_that_no_server_took_for_72_hours_is_sent_again_with_a_new_link(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing(monkeypatch):
        invite(cast)
        for turn in range(60):
            deliver(turn * 2.1)
    assert "The portal does not try again" in members(cast)
    act(cast, "invitation-send")
    assert "Could not be sent" not in members(cast)
    assert Client().get(link()).status_code == 200


def test_sent_once_more_after_its_worker_was_killed_it_has_the_same_link(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed(monkeypatch):
        invite(cast)
    first = link()
    deliver(0.2)
    assert len(mail.outbox) == 2
    assert link() == first
    assert mail.outbox[0].extra_headers == mail.outbox[1].extra_headers
    assert Client().get(first).status_code == 200


def test_no_token_waits_in_the_queue(cast: Cast) -> None:
    invite(cast)
    token = link().rstrip("/").rsplit("/", 1)[1]
    assert token not in str([vars(row) for row in rows()])


def test_what_was_taken_back_accepted_or_renewed_meanwhile_is_not_sent(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing(monkeypatch):
        invite(cast)
    address = reverse("invitation-link", args=[cast.tenant.slug, invitation(cast).pk])
    signed_in(cast.owner).post(address)
    deliver(1)
    assert mail.outbox == []
    with refusing(monkeypatch):
        act(cast, "invitation-send")
        act(cast, "invitation-revoke")
    deliver(2)
    assert mail.outbox == []
    reasons = [row.dropped_because for row in rows()]
    assert reasons == ["A newer link has taken its place.", "The invitation is over."]


def test_after_the_portal_s_secret_was_changed_a_link_that_waits_is_not_sent(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing(monkeypatch):
        invite(cast)
    settings.SECRET_KEY = "another-secret-key-" * 3
    deliver(1)
    assert mail.outbox == []
    assert rows()[0].dropped_because == "Its link cannot be made any more. Send a new one."
