"""Staff see which mails wait, have them sent again, and rotate a service account's key."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.members.models.membership import Membership
from accounts.members.roles import Role
from accounts.members.services.members import change_role
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast
from tests.queued_emails import Outbox, deliver, rows
from tests.test_credentials.conftest import Desk, desk
from tests.test_staff.conftest import StaffIn
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount

__all__ = ["desk"]
EMAILS = "admin:accounts_queuedemail_changelist"
ACCOUNTS = "admin:tokens_serviceaccount_changelist"


def act(staff: Client, page: str, action: str, pk: Any, reason: str = "Ticket 7") -> str:
    data = {"action": action, "_selected_action": [str(pk)], "reason": reason}
    answer = staff.post(reverse(page), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def reasons(tag: str) -> list[str]:
    with across_tenants():
        events = AuditEvent.objects.filter(tag=tag, actor_kind="staff")
        return [event.data["staff_reason"] for event in events]


@pytest.fixture
def given_up(cast: Cast) -> QueuedEmail:
    """A mail that no mail server took for three days."""
    row = Membership.objects.select_related("tenant").get(tenant=cast.tenant, user=cast.viewer)
    with tenant_scope(cast.tenant):
        change_role(row, Role.ADMIN, by_worker())
        QueuedEmail.objects.update(
            due_at=None,
            tries=42,
            dropped_because="It could not be sent, however often it was tried.",
        )
    return rows()[0]


def test_a_mail_that_was_given_up_is_sent_once_staff_say_so(
    staff: Client, given_up: QueuedEmail, cast: Cast, mailoutbox: Outbox, settings: Any
) -> None:
    deliver()
    assert mailoutbox == []
    assert "Say why in the field" in act(staff, EMAILS, "send_again", given_up.pk, reason="")
    assert "1 of 1 will be sent" in act(staff, EMAILS, "send_again", given_up.pk)
    assert reasons("accounts:mail:asked_for") == ["Ticket 7"]
    deliver()
    assert [letter.to for letter in mailoutbox] == [[cast.viewer.email]]


def test_a_mail_that_was_sent_is_not_sent_again(
    staff: Client, given_up: QueuedEmail, mailoutbox: Outbox, settings: Any
) -> None:
    act(staff, EMAILS, "send_again", given_up.pk)
    deliver()
    assert "0 of 1 will be sent" in act(staff, EMAILS, "send_again", given_up.pk)
    deliver()
    assert len(mailoutbox) == 1


def test_support_reads_the_queue_and_sends_nothing(
    staff_in: StaffIn, given_up: QueuedEmail, settings: Any, mailoutbox: Outbox
) -> None:
    act(staff_in("Support"), EMAILS, "send_again", given_up.pk)
    deliver()
    assert mailoutbox == []


def test_the_front_page_says_when_mails_wait_too_long(staff: Client, given_up: QueuedEmail) -> None:
    assert "late: more than ten minutes" not in front(staff)
    late = timezone.now() - timedelta(minutes=11)
    with across_tenants():
        QueuedEmail.objects.update(due_at=late)
    page = front(staff)
    assert "late: more than ten minutes" in page
    assert reverse(EMAILS) in page


def front(staff: Client) -> str:
    return staff.get(reverse("admin:index")).content.decode()


def test_a_key_keeper_rotates_a_service_account_s_key_and_says_why(
    staff_in: StaffIn, desk: Desk
) -> None:
    desk.upload(desk.key_files()[0])
    with across_tenants():
        account = ServiceAccount.objects.get()
    store = staff_in("Key keepers")
    assert "1 begun" in act(store, ACCOUNTS, "rotate", account.pk)
    assert reasons("tokens:service_account:rotation_started") == ["Ticket 7"]
    assert "Its key is being rotated already" in act(store, ACCOUNTS, "rotate", account.pk)
    act(staff_in("Operators"), ACCOUNTS, "rotate", account.pk)
    with across_tenants():
        assert ServiceAccountRotation.objects.count() == 1
