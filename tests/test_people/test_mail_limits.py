"""Nobody floods others with mails of the portal: each limit is told in words."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.audit.events import ActorKind
from accounts.audit.recording import Actor
from accounts.email.services import limits
from accounts.email.services.limits import Caused, Limit, Limits, TooManyEmails, count_email
from accounts.members.models.invitation import Invitation
from accounts.tenancy.scope import tenant_scope
from accounts.users.models import User
from portal.settings.people import _LIMITS as SIGN_IN_LIMITS
from tests.cast import Cast, signed_in
from tests.queued_emails import deliver
from tests.rows import connection_row
from tokens.connections.states import ConnectionStatus, ReconnectReason

HOUR, DAY = 3601, 86_401
_P = "You can send {most} {what} in an hour."
_T = "An organisation can send {most} {what} in a day."
_A = "{email} can get {most} {what} in a day"


@pytest.fixture(autouse=True)
def _limits_hold(settings: Any) -> Iterator[None]:
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Small limits, each of its own size."""

    def limit(what: Caused, *, person: int = 99, tenant: int = 99, address: int = 99) -> None:
        small = Limits(
            Limit(person, "hour", _P), Limit(tenant, "day", _T), Limit(address, "day", _A)
        )
        monkeypatch.setitem(limits.LIMITS, what, small)

    return limit


def invite(cast: Cast, *emails: str, by: User | None = None) -> str:
    address = reverse("members-invite", args=[cast.tenant.slug])
    typed = {"emails": "\n".join(emails), "role": "viewer"}
    page = signed_in(by or cast.owner).post(address, typed, follow=True).content.decode()
    deliver()
    return page


def new(number: int) -> list[str]:
    start = Invitation._base_manager.count()
    return [f"n{start + one}@new.example" for one in range(number)]


def to_whom() -> list[str]:
    return [letter.to[0] for letter in mail.outbox]


def test_a_person_invites_so_many_in_an_hour_and_is_told(cast: Cast, limited: Any) -> None:
    limited(Caused.INVITATIONS, person=3)
    emails = new(5)
    page = invite(cast, *emails)
    assert to_whom() == emails[:3]
    assert "3 invitations are on the way" in page
    assert f"Not mailed to {emails[3]}, {emails[4]}." in page
    assert "You can send 3 invitations in an hour." in page
    # Invited all the same: a link can be made and passed on.
    with tenant_scope(cast.tenant):
        assert Invitation.objects.count() == 5
    # Of a colleague that is no limit, and neither is it an hour later.
    invite(cast, *new(1), by=cast.teammate)
    assert len(mail.outbox) == 4
    with time_machine.travel(timezone.now().timestamp() + HOUR):
        invite(cast, *new(1))
    assert len(mail.outbox) == 5


def test_an_organisation_invites_so_many_in_a_day(cast: Cast, limited: Any) -> None:
    limited(Caused.INVITATIONS, tenant=2)
    invite(cast, *new(1), by=cast.teammate)
    page = invite(cast, *new(2))
    assert len(mail.outbox) == 2
    assert "An organisation can send 2 invitations in a day." in page
    with time_machine.travel(timezone.now().timestamp() + DAY):
        invite(cast, *new(1))
    assert len(mail.outbox) == 3


def resend(cast: Cast, by: User | None = None) -> str:
    with tenant_scope(cast.tenant):
        row = Invitation.objects.get()
    page = reverse("invitation-send", args=[cast.tenant.slug, row.pk])
    said = signed_in(by or cast.owner).post(page, follow=True).content.decode()
    deliver()
    return said


def test_an_address_gets_so_many_in_a_day_whoever_sends(cast: Cast, limited: Any) -> None:
    limited(Caused.INVITATIONS, address=2, person=9)
    invite(cast, "nina@new.example")
    resend(cast)
    with tenant_scope(cast.tenant):
        before = Invitation.objects.get().token_hash
    page = resend(cast, by=cast.teammate)
    assert len(mail.outbox) == 2
    assert "nina@new.example can get 2 invitations in a day" in page
    assert "You can make a link and pass it on yourself." in page
    # The link that is on its way goes on working.
    with tenant_scope(cast.tenant):
        assert Invitation.objects.get().token_hash == before


def test_what_an_address_does_not_get_uses_up_nobody_s_limit(cast: Cast, limited: Any) -> None:
    limited(Caused.INVITATIONS, address=1, person=2, tenant=2)
    invite(cast, "nina@new.example")
    resend(cast)
    invite(cast, "ned@new.example")
    assert to_whom() == ["nina@new.example", "ned@new.example"]


def test_the_default_limits_stop_a_flood(cast: Cast) -> None:
    for _ in range(6):
        with tenant_scope(cast.tenant):
            Invitation.objects.all().delete()
        invite(cast, *(f"f{one}@new.example" for one in range(50)))
    assert len(mail.outbox) == 100
    for _ in range(10):
        invite(cast, "victim@new.example", by=cast.teammate)
        with tenant_scope(cast.tenant):
            Invitation.objects.all().delete()
    assert to_whom().count("victim@new.example") == 5


def test_reconnect_links_are_limited_one_by_one_and_together(cast: Cast, limited: Any) -> None:
    limited(Caused.RECONNECT_LINKS, person=2, address=1)
    rows = [connection_row(cast.tenant, f"g{one}@gmail.example") for one in range(3)]
    with tenant_scope(cast.tenant):
        for row in rows:
            row.status, row.reason = (
                ConnectionStatus.NEEDS_RECONNECT, ReconnectReason.REVOKED,
            )  # fmt: skip
            row.email_verified = True
            row.save()
    browser = signed_in(cast.owner)
    one = reverse("connection-link", args=[cast.tenant.slug, rows[0].pk])
    for _ in range(2):
        page = browser.post(one, {"mail": "1"}, follow=True).content.decode()
    deliver()
    assert to_whom() == ["g0@gmail.example"]
    assert "g0@gmail.example can get 1 reconnect links in a day" in page
    asked = reverse("connections-ask", args=[cast.tenant.slug])
    page = browser.post(asked, follow=True).content.decode()
    deliver()
    assert len(mail.outbox) == 2
    assert "You can send 2 reconnect links in an hour." in page


def test_roles_and_deletions_go_back_and_forth_only_so_often(cast: Cast, limited: Any) -> None:
    limited(Caused.CHANGES, person=3)
    browser, slug = signed_in(cast.owner), cast.tenant.slug
    member = cast.viewer.memberships.get()
    for role in ("admin", "viewer", "admin", "viewer"):
        address = reverse("member-role", args=[slug, member.pk])
        page = browser.post(address, {"role": role}, follow=True).content.decode()
    assert "Nothing was changed. You can send 3 changes" in page
    member.refresh_from_db()
    assert member.role == "admin"


def test_codes_for_one_address_end_for_the_day(cast: Cast, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**SIGN_IN_LIMITS, "request_login_code": "900/m/ip,5/d/key"}
    asked = reverse("account_request_login_code")
    answers = [Client().post(asked, {"email": cast.owner.email}) for _ in range(7)]
    assert len(mail.outbox) == 5
    assert answers[-1].status_code != 302
    for action in ("signup", "confirm_email", "request_login_code", "reset_password"):
        assert "/d/" in SIGN_IN_LIMITS[action]


def test_a_limit_s_words_are_safe_on_a_page(cast: Cast, limited: Any) -> None:
    limited(Caused.INVITATIONS, person=0)
    odd = "o'brien&co@new.example"
    assert escape(odd) in invite(cast, odd)


def test_a_mail_that_is_not_sent_counts_for_nobody(cast: Cast, limited: Any) -> None:
    limited(Caused.INVITATIONS, person=1, address=1)
    owner, colleague = (Actor(ActorKind.PERSON, one) for one in (cast.owner, cast.teammate))
    count_email(Caused.INVITATIONS, owner, cast.tenant.pk, "first@new.example")
    with pytest.raises(TooManyEmails, match="in an hour"):
        count_email(Caused.INVITATIONS, owner, cast.tenant.pk, "second@new.example")
    count_email(Caused.INVITATIONS, colleague, cast.tenant.pk, "second@new.example")
