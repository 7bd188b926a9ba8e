"""Keys of service accounts are rotated through the IAM API: none lost, none leaked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants, tenant_scope
from tests.cast import Cast, signed_in
from tests.test_credentials.conftest import ROBOT, Desk
from tokens.exchanges.models import Exchange
from tokens.service_accounts import google as iam_keys
from tokens.service_accounts.models.rotation import ServiceAccountRotation
from tokens.service_accounts.models.service_account import ServiceAccount, ServiceAccountKey
from tokens.service_accounts.services import rotation
from tokens.service_accounts.services.rotation import drive, overdue, start_by_itself
from tokens.service_accounts.unscoped import accounts_to_rotate


class Dead(BaseException):
    """The worker is gone, in the middle of a step."""


def due() -> list[tuple[UUID, UUID]]:
    """(tenant, service account) of the keys that the clock would rotate now."""
    return accounts_to_rotate(*overdue(timezone.now()), 10)


class Robot:
    """A service account at the desk, its rotation, and its keys at Google."""

    def __init__(self, desk: Desk, cast: Cast) -> None:
        self.desk, self.cast = desk, cast
        self.file = desk.key_files()[0]
        desk.upload(self.file)
        with across_tenants():
            self.account = ServiceAccount.objects.get()

    @property
    def old(self) -> str:
        return str(self.file["private_key_id"])

    def press(self) -> str:
        page = self.desk.post("credential-account-rotate", self.account.pk)
        return " ".join(page.content.decode().split())

    def page(self) -> str:
        answer = self.desk.browser.get(reverse("credentials", args=[self.desk.slug]))
        return " ".join(answer.content.decode().split())

    def row(self) -> ServiceAccountRotation:
        with across_tenants():
            return ServiceAccountRotation.objects.select_related("new_key").latest("started_at")

    def go_on(self) -> ServiceAccountRotation:
        """What is waited for has come; the worker goes on."""
        row = self.row()
        with tenant_scope(self.cast.tenant):
            ServiceAccountRotation.objects.filter(pk=row.pk).exclude(due_at=None).update(
                due_at=timezone.now()
            )
            drive(row.pk)
        return self.row()

    def to_the_end(self) -> ServiceAccountRotation:
        for _ in range(60):
            if self.row().finished_at:
                break
            self.go_on()
        return self.row()

    def at_google(self) -> dict[str, bool]:
        """Key id and whether it is disabled, for those that people manage."""
        keys = self.desk.google.state.service_account_keys.values()
        return {k.id: k.disabled for k in keys if k.email == ROBOT and k.kind == "USER"}

    def here(self) -> dict[str, str]:
        with across_tenants():
            rows = ServiceAccountKey.objects.filter(private_key__isnull=False)
            return dict(rows.values_list("kid", "state"))


@pytest.fixture
def robot(desk: Desk, cast: Cast) -> Robot:
    return Robot(desk, cast)


def test_a_key_is_made_tried_switched_to_and_the_old_one_disabled_then_deleted(
    robot: Robot,
) -> None:
    assert "is being rotated" in robot.press()
    assert robot.go_on().state == "grace"
    (new,) = robot.at_google().keys() - {robot.old}
    assert robot.here() == {robot.old: "resting", new: "active"}
    assert "the old one still works for a while" in robot.page()
    assert robot.go_on().state == "observing"
    assert robot.at_google() == {robot.old: True, new: False}
    assert robot.go_on().state == "done"
    assert robot.at_google() == {new: False}
    assert robot.here() == {new: "active"}
    with across_tenants():
        tags = set(AuditEvent.objects.values_list("tag", flat=True))
    assert {
        "tokens:service_account:rotation_started",
        "tokens:service_account:key_switched",
        "tokens:service_account:rotation_ended",
    } <= tags


def test_nothing_of_the_new_key_reaches_the_journal(robot: Robot) -> None:
    robot.press()
    robot.to_the_end()
    with across_tenants():
        journal = repr(list(Exchange.objects.values()))
    assert "/keys" in journal
    assert "PRIVATE KEY" not in journal
    assert "LS0tLS1CRUdJTi" not in journal
    assert "ya29." not in journal
    assert "ewogICJ0eXBl" not in journal


def test_a_new_key_is_used_only_once_google_accepts_it(robot: Robot) -> None:
    robot.desk.console("scenario", name="key-propagation", params={"seconds": 60}, times=1)
    robot.press()
    row = robot.go_on()
    assert row.state == "probing"
    assert robot.here()[robot.old] == "active"
    assert "The new key is being tried" in robot.page()
    robot.desk.console("clock", advance_seconds=61)
    assert robot.go_on().state == "grace"


def test_a_new_key_that_is_never_accepted_is_taken_back(robot: Robot) -> None:
    robot.desk.console("scenario", name="key-propagation", params={"seconds": 99999}, times=1)
    robot.press()
    row = robot.to_the_end()
    assert (row.state, row.reason) == ("failed", "new_refused")
    assert robot.at_google() == {robot.old: False}
    assert robot.here() == {robot.old: "active"}
    assert "Google did not accept the new key for too long" in robot.page()


def test_ten_keys_leave_no_room_and_are_shown(robot: Robot) -> None:
    for _ in range(9):
        robot.desk.key_files()
    robot.press()
    row = robot.to_the_end()
    assert (row.state, row.reason) == ("failed", "limit")
    page = robot.page()
    assert "Google keeps ten keys" in page
    assert page.count("…, made") == 9
    assert len(robot.at_google()) == 10


def test_an_organisation_that_forbids_keys_is_explained_and_nothing_is_harmed(
    robot: Robot,
) -> None:
    robot.desk.console("scenario", name="iam-org-policy", times=1)
    robot.press()
    row = robot.to_the_end()
    assert (row.state, row.reason) == ("failed", "policy")
    assert "iam.disableServiceAccountKeyCreation" in robot.page()
    assert robot.here() == {robot.old: "active"}
    assert robot.at_google() == {robot.old: False}


def test_an_account_that_may_not_manage_keys_is_told_which_role(robot: Robot) -> None:
    robot.desk.google.state.service_accounts[ROBOT].key_admin = False
    robot.press()
    assert robot.to_the_end().reason == "forbidden"
    assert "Service Account Key Admin" in robot.page()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "step",
    ["list_keys", "create_key", "disable_key", "delete_key", "token_by", "_keep", "_switch"],
)
def test_a_death_at_any_step_loses_and_leaks_no_key(
    robot: Robot, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    whole = getattr(rotation, step)

    def die(*args: Any, **kwargs: Any) -> None:
        monkeypatch.undo()
        if when == "after":
            whole(*args, **kwargs)
        raise Dead

    robot.press()
    monkeypatch.setattr(rotation, step, die)
    deaths = 0
    for _ in range(12):
        try:
            robot.go_on()
        except Dead:
            deaths += 1
    assert deaths == 1
    assert robot.row().state == "done"
    assert list(robot.at_google().values()) == [False]
    assert robot.here() == dict.fromkeys(robot.at_google(), "active")
    with across_tenants():
        assert ServiceAccount.objects.get().other_keys == []


def test_a_creation_whose_answer_is_lost_is_found_and_deleted(
    robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iam_keys.create_key

    def lose(*args: Any) -> bytes:
        monkeypatch.undo()
        made(*args)
        raise Dead

    monkeypatch.setattr(rotation, "create_key", lose)
    robot.press()
    with pytest.raises(Dead):
        robot.go_on()
    assert len(robot.at_google()) == 2
    assert robot.go_on().state == "grace"
    assert len(robot.at_google()) == 2
    assert robot.to_the_end().state == "done"
    assert len(robot.at_google()) == 1


def test_a_key_that_a_person_makes_meanwhile_is_shown_and_left_alone(
    robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iam_keys.create_key
    theirs: list[str] = []

    def lose(*args: Any) -> bytes:
        monkeypatch.undo()
        made(*args)
        theirs.append(robot.desk.key_files()[0]["private_key_id"])
        raise Dead

    monkeypatch.setattr(rotation, "create_key", lose)
    robot.press()
    with pytest.raises(Dead):
        robot.go_on()
    assert robot.to_the_end().state == "done"
    assert theirs[0] in robot.at_google()
    assert f"{theirs[0][:8]}…, made" in robot.page()


def test_a_second_worker_finds_nothing_to_do(robot: Robot, cast: Cast) -> None:
    robot.press()
    row = robot.row()
    with tenant_scope(cast.tenant):
        taken = rotation._lease(row.pk)
        assert taken is not None
        assert rotation._lease(row.pk) is None


def test_google_being_down_is_waited_for(robot: Robot) -> None:
    robot.desk.console("scenario", name="api-503", times=1)
    robot.press()
    row = robot.go_on()
    assert row.state == "counting"
    assert "back end failed" in row.problem
    assert robot.to_the_end().state == "done"


def test_an_old_key_rotates_by_itself_only_where_that_is_allowed(robot: Robot) -> None:
    with across_tenants():
        old = timezone.now() - timedelta(days=91)
        ServiceAccountKey.objects.update(created_at=old)
    assert due() == []
    with across_tenants():
        assert not ServiceAccountRotation.objects.exists()
    robot.desk.post("credential-account-schedule", robot.account.pk, by_itself="yes")
    assert "Next rotation in 0 days" in robot.page()
    assert due() == [(robot.cast.tenant.pk, robot.account.pk)]
    with tenant_scope(robot.cast.tenant):
        start_by_itself(robot.account.pk)
    assert due() == []
    assert robot.row().account_id == robot.account.pk


def test_no_key_is_uploaded_while_one_is_rotated(robot: Robot) -> None:
    robot.press()
    other, _ = robot.desk.key_files()
    assert "is being rotated right now" in robot.desk.upload(other, robot.account.pk)
    assert "is being rotated already" in robot.press()


def test_a_p12_key_is_not_rotated_because_it_has_no_id(desk: Desk) -> None:
    desk.upload(desk.key_files()[1], email=ROBOT)
    with across_tenants():
        pk = ServiceAccount.objects.get().pk
    assert "came from a P12 file" in desk.post("credential-account-rotate", pk).content.decode()


def test_a_viewer_may_not_rotate(robot: Robot, cast: Cast) -> None:
    address = reverse("credential-account-rotate", args=[robot.desk.slug, robot.account.pk])
    assert signed_in(cast.viewer).post(address).status_code in {403, 404}
    with across_tenants():
        assert not ServiceAccountRotation.objects.exists()
