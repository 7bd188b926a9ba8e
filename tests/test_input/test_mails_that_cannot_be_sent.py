"""Whatever is raised on the way of a mail counts as a try, is kept, and ends."""

from typing import Any

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse

from accounts.members.models.invitation import Invitation
from accounts.members.roles import Role
from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast, signed_in
from tests.queued_emails import deliver, rows
from tests.test_people.test_member_mails import give

pytestmark = pytest.mark.django_db
FAULTS = [UnicodeEncodeError("idna", "x", 0, 1, "too long\x00"), ValueError("bad"), KeyError("x")]


class Broken(BaseEmailBackend):
    """Raises what no mail server says."""

    fault: Exception = ValueError("bad")

    def send_messages(self, email_messages: Any) -> int:
        raise self.fault


@pytest.fixture(params=FAULTS, ids=lambda one: type(one).__name__)
def broken(request: pytest.FixtureRequest, settings: Any) -> None:
    Broken.fault = request.param
    settings.EMAIL_BACKEND = f"{__name__}.Broken"


def test_a_mail_of_the_outbox_is_tried_again_later_and_given_up(
    cast: Cast, broken: None, settings: Any
) -> None:
    give(cast, Role.ADMIN)
    deliver(0)
    (row,) = rows()
    assert row.tries == 1
    assert row.due_at is not None
    assert type(Broken.fault).__name__ in row.problem
    assert "\x00" not in row.problem
    for turn in range(1, 60):
        deliver(turn * 2.1)
    (row,) = rows()
    assert (row.due_at, row.sent_at) == (None, None)
    assert row.dropped_because == "It could not be sent, however often it was tried."


def test_a_mail_that_cannot_even_be_written_counts_as_well(cast: Cast, settings: Any) -> None:
    """As an organisation's whose reply address was kept before there was a rule."""
    Tenant.objects.filter(pk=cast.tenant.pk).update(reply_to="bad@example.com\u202c")
    give(cast, Role.ADMIN)
    deliver(0)
    (row,) = rows()
    assert (row.tries, row.sent_at) == (1, None)
    assert row.problem


def test_of_a_batch_of_invitations_each_is_made_and_the_page_says_what_was_not_sent(
    cast: Cast, broken: None
) -> None:
    page = reverse("members-invite", args=[cast.tenant.slug])
    sent = {"emails": "a@new.example b@new.example", "role": "viewer"}
    answer = signed_in(cast.owner).post(page, sent, follow=True)
    assert answer.status_code == 200
    deliver()
    page = signed_in(cast.owner).get(reverse("members", args=[cast.tenant.slug])).content.decode()
    assert page.count("Could not be sent") == 2
    with tenant_scope(cast.tenant):
        assert Invitation.objects.filter(mailed_at=None).count() == 2


@pytest.mark.parametrize(
    "name", ["account_signup", "account_request_login_code", "account_reset_password"]
)
def test_who_waits_for_a_code_is_told_that_none_was_sent(
    cast: Cast, broken: None, name: str
) -> None:
    sent = {"email": "nina@new.example", "password1": "canary-password-of-nina"}
    answer = Client().post(reverse(name), sent, follow=True)
    assert answer.status_code == 200
    said = [str(one) for one in answer.context["messages"]]
    assert "No mail could be sent to nina@new.example just now. Try again in a few minutes." in said
    assert not any("on its way" in one for one in said)
