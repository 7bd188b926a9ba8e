"""A service account's key fails, or its rotation stops: those who may mend it learn it, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.email.models import QueuedEmail
from accounts.members.models.membership import Membership
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, signed_in
from tests.queued_emails import Outbox, deliver, ids, killed, refusing, rows
from tests.test_credentials.conftest import Desk
from tests.test_credentials.test_rotation import Robot
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.tasks import check_accounts_due


@pytest.fixture
def robot(desk: Desk, cast: Cast) -> Robot:
    return Robot(desk, cast)


def told(outbox: Outbox) -> list[str]:
    return sorted(to for letter in outbox for to in letter.to)


def those_who_may(cast: Cast) -> list[str]:
    return sorted([cast.owner.email, cast.teammate.email])


def end_key(robot: Robot) -> None:
    """Somebody deletes the key in Google Cloud."""
    robot.desk.google.call(lambda world: world.state.service_account_keys.pop(robot.old))


def check_on_the_day(settings: Any) -> None:
    """A day has passed; let the clock and the workers look at the keys."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with across_tenants():
        ServiceAccount.objects.update(checked_at=timezone.now() - timedelta(days=1, hours=1))
    check_accounts_due()


def problem() -> str:
    with across_tenants():
        return ServiceAccount.objects.get().problem


def checked() -> int:
    with across_tenants():
        return AuditEvent.objects.filter(tag="tokens:service_account:checked").count()


def test_a_worker_asks_google_once_a_day_and_records_nothing_while_all_is_well(
    robot: Robot, settings: Any, mailoutbox: Outbox
) -> None:
    check_on_the_day(settings)
    with across_tenants():
        lately = timezone.now() - timedelta(minutes=1)
        assert ServiceAccount.objects.filter(checked_at__gt=lately).exists()
    assert (problem(), checked(), rows()) == ("", 0, [])
    end_key(robot)
    check_accounts_due()
    assert problem() == ""


def test_a_key_that_fails_is_told_once_to_those_who_may_mend_it(
    robot: Robot, cast: Cast, settings: Any, mailoutbox: Outbox
) -> None:
    end_key(robot)
    for _ in range(3):
        check_on_the_day(settings)
        deliver()
    assert told(mailoutbox) == those_who_may(cast)
    letter = mailoutbox[0]
    assert letter.subject == f"Acme Agency: {robot.account.email} does not work"
    words = " ".join(str(letter.body).split())
    assert problem() in words
    assert problem().replace("'", "&#x27;") in robot.page()
    assert f"#account-{robot.account.pk}" in words
    assert checked() == 1


def test_when_it_worked_in_between_the_next_failure_is_told_again(
    robot: Robot, cast: Cast, settings: Any, mailoutbox: Outbox
) -> None:
    keys = robot.desk.google.state.service_account_keys
    kept = keys[robot.old]
    for _ in range(2):
        end_key(robot)
        check_on_the_day(settings)
        deliver()
        keys[robot.old] = kept
        check_on_the_day(settings)
        assert problem() == ""
    assert told(mailoutbox) == sorted(2 * those_who_may(cast))


def test_one_that_works_again_before_the_mail_goes_out_needs_none(
    robot: Robot, settings: Any, mailoutbox: Outbox
) -> None:
    keys = robot.desk.google.state.service_account_keys
    kept = keys[robot.old]
    end_key(robot)
    check_on_the_day(settings)
    keys[robot.old] = kept
    check_on_the_day(settings)
    deliver()
    assert mailoutbox == []
    assert {row.dropped_because for row in rows()} == {"It works again."}


def test_google_being_down_is_no_failure_of_the_key(
    robot: Robot, settings: Any, mailoutbox: Outbox
) -> None:
    settings.CELERY_TASK_EAGER_PROPAGATES = False
    robot.desk.console("scenario", name="token-503-html")
    check_on_the_day(settings)
    deliver()
    assert (problem(), mailoutbox) == ("", [])


def test_who_pressed_the_button_knows_and_the_others_are_told(
    robot: Robot, cast: Cast, settings: Any, mailoutbox: Outbox
) -> None:
    end_key(robot)
    robot.desk.post("credential-account-check", robot.account.pk)
    deliver()
    assert told(mailoutbox) == [cast.teammate.email]


def test_a_rotation_that_stopped_is_told_with_what_to_do(
    robot: Robot, cast: Cast, settings: Any, mailoutbox: Outbox
) -> None:
    robot.desk.console("scenario", name="iam-org-policy", times=1)
    robot.press()
    robot.to_the_end()
    for _ in range(2):
        deliver()
    assert told(mailoutbox) == those_who_may(cast)
    letter = mailoutbox[0]
    expected = f"Acme Agency: the key of {robot.account.email} could not be rotated"
    assert letter.subject == expected
    assert "iam.disableServiceAccountKeyCreation" in str(letter.body)
    assert f"#account-{robot.account.pk}" in str(letter.body)


def test_a_rotation_that_fails_every_day_for_the_same_reason_is_told_once(
    robot: Robot, cast: Cast, settings: Any, mailoutbox: Outbox
) -> None:
    robot.desk.google.state.service_accounts[robot.account.email].key_admin = False
    for _ in range(3):
        robot.press()
        assert robot.to_the_end().reason == "forbidden"
        deliver()
    assert told(mailoutbox) == those_who_may(cast)
    robot.desk.google.state.service_accounts[robot.account.email].key_admin = True
    robot.desk.console("scenario", name="iam-org-policy", times=1)
    robot.press()
    assert robot.to_the_end().reason == "policy"
    deliver()
    assert told(mailoutbox) == sorted(2 * those_who_may(cast))


def test_a_new_key_that_was_taken_back_is_told_too(
    robot: Robot, cast: Cast, settings: Any, mailoutbox: Outbox
) -> None:
    robot.desk.console("scenario", name="key-propagation", params={"seconds": 99999}, times=1)
    robot.press()
    assert robot.to_the_end().reason == "new_refused"
    deliver()
    assert told(mailoutbox) == those_who_may(cast)


def test_when_somebody_rotates_it_again_at_once_the_old_failure_is_no_news(
    robot: Robot, settings: Any, mailoutbox: Outbox
) -> None:
    robot.desk.console("scenario", name="iam-org-policy", times=1)
    robot.press()
    robot.to_the_end()
    robot.press()
    assert robot.to_the_end().state == "done"
    deliver()
    assert mailoutbox == []


def test_a_mail_server_that_refuses_loses_nothing_and_breaks_nothing(
    robot: Robot,
    cast: Cast,
    settings: Any,
    mailoutbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end_key(robot)
    with refusing(monkeypatch):
        check_on_the_day(settings)
        deliver()
    assert {row.tries for row in rows()} == {1}
    assert problem() != ""
    deliver(0.5)
    assert told(mailoutbox) == those_who_may(cast)


def test_a_killed_worker_s_mail_is_sent_again_as_the_same_message(
    robot: Robot,
    cast: Cast,
    settings: Any,
    mailoutbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Membership.objects.filter(tenant=cast.tenant, user=cast.teammate).delete()
    end_key(robot)
    check_on_the_day(settings)
    with killed(monkeypatch):
        deliver()
    deliver(0.2)
    deliver(9)
    assert len(mailoutbox) == 2
    assert len(ids(mailoutbox)) == 1


def test_an_outsider_is_told_nothing_and_the_mail_s_page_is_not_theirs(
    robot: Robot, cast: Cast, settings: Any, mailoutbox: Outbox
) -> None:
    end_key(robot)
    check_on_the_day(settings)
    deliver()
    assert cast.outsider.email not in told(mailoutbox)
    page = signed_in(cast.outsider).get(f"/t/{cast.tenant.slug}/credentials/")
    assert page.status_code == 404
    with tenant_scope(cast.elsewhere):
        assert not QueuedEmail.objects.exists()
