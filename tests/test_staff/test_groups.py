"""Support reads, operators act, key keepers rotate; nobody acts without saying why."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.audit.models.event import AuditEvent
from accounts.members.roles import STAFF_GROUPS
from accounts.tenancy.scope import across_tenants, tenant_scope
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast
from tests.rows import connection_row, request_row
from tests.test_staff.conftest import StaffIn

LIST = "admin:provisioning_provisioningrequest_changelist"


def cancel(browser: Client, row: ProvisioningRequest, reason: str) -> str:
    data = {"action": "cancel", "_selected_action": [str(row.pk)], "reason": reason}
    return browser.post(reverse(LIST), data, follow=True).content.decode()


def status(row: ProvisioningRequest) -> str:
    return ProvisioningRequest._base_manager.get(pk=row.pk).status


def test_every_group_of_the_table_exists(db: None) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(STAFF_GROUPS)


@pytest.mark.parametrize("group", STAFF_GROUPS)
def test_every_group_reads(staff_in: StaffIn, cast: Cast, group: str) -> None:
    row = request_row(connection_row(cast.tenant))
    browser = staff_in(group)
    assert row.account_name in browser.get(reverse(LIST)).content.decode()
    assert browser.get(reverse("admin:index")).status_code == 200


def test_staff_without_a_group_see_nothing(staff_in: StaffIn, cast: Cast) -> None:
    browser = staff_in("Nobody")
    assert browser.get(reverse(LIST)).status_code == 403
    assert browser.get(reverse("admin:find"), {"q": "acme"}).status_code == 403
    assert "Acme" not in browser.get(reverse("admin:index")).content.decode()


def test_operators_cancel_and_the_reason_is_recorded(staff_in: StaffIn, cast: Cast) -> None:
    row = request_row(connection_row(cast.tenant))
    assert "1 cancelled." in cancel(staff_in("Operators"), row, "Asked for by phone")
    assert status(row) == "cancelled"
    with across_tenants():
        event = AuditEvent.objects.get(tag="provisioning:request:moved")
    assert (event.actor_kind, event.tenant_id) == ("staff", cast.tenant.pk)
    assert event.data["staff_reason"] == "Asked for by phone"


def test_nothing_is_done_without_a_reason(staff_in: StaffIn, cast: Cast) -> None:
    row = request_row(connection_row(cast.tenant))
    assert "Nothing was done." in cancel(staff_in("Operators"), row, "  ")
    assert status(row) == row.status


@pytest.mark.parametrize("group", ["Support", "Key keepers", "Nobody"])
def test_others_are_not_offered_actions_and_cannot_forge_one(
    staff_in: StaffIn, cast: Cast, group: str
) -> None:
    row = request_row(connection_row(cast.tenant))
    browser = staff_in(group)
    assert 'value="cancel"' not in browser.get(reverse(LIST)).content.decode()
    cancel(browser, row, "because")
    assert status(row) == row.status


def test_what_cannot_be_done_is_said_with_the_reason(staff_in: StaffIn, cast: Cast) -> None:
    row = request_row(connection_row(cast.tenant))
    operator = staff_in("Operators")
    cancel(operator, row, "twice")
    assert "1 could not be" in cancel(operator, row, "twice")


def test_an_operator_may_not_make_staff(staff_in: StaffIn, cast: Cast) -> None:
    page = reverse("admin:accounts_user_change", args=[cast.outsider.pk])
    operator = staff_in("Operators")
    assert operator.get(page).status_code == 200
    assert operator.post(page, {"is_staff": "on", "name": "x"}).status_code == 403
    with tenant_scope(cast.tenant):
        assert not type(cast.outsider).objects.get(pk=cast.outsider.pk).is_staff


def test_actions_are_offered_on_connections_too(staff_in: StaffIn, cast: Cast) -> None:
    connection_row(cast.tenant)
    page = staff_in("Operators").get(reverse("admin:tokens_googleconnection_changelist"))
    assert 'value="refresh_now"' in page.content.decode()
