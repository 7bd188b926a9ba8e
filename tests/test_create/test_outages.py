"""What one outage of Google has stopped is restarted together, by one button."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.models import Tenant
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.outages import Failure, outages
from provisioning.requests.states import FailureReason, Status
from tests.buttons import buttons_of
from tests.cast import Cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import SHOP, connected, fresh, new_request, work
from tests.scripting import script, stop_scripting
from tests.test_staff.conftest import StaffIn, staff_in
from tokens.connections.models.connection import GoogleConnection

__all__ = ["staff_in"]
NIGHT = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
NAMES = ("Bluebird Bakery", "Swift Shoes", "Robin Books")


def failed(minute: float, reason: str = FailureReason.TOO_MANY_TRIES) -> Failure:
    return Failure(uuid4(), reason, NIGHT + timedelta(minutes=minute))


def test_what_fails_within_an_hour_of_the_one_before_belongs_together() -> None:
    night = [failed(0), failed(50), failed(100)]
    morning = [failed(400), failed(401)]
    found = outages([*morning, *night])
    assert [one.failures for one in found] == [tuple(morning), tuple(night)]


def test_other_reasons_and_single_failures_make_no_outage() -> None:
    assert outages([failed(0), failed(200)]) == []
    assert outages([failed(0), failed(1, FailureReason.API_DISABLED)]) == []


def fail_together(
    google: EmulatorThread, browser: Client, through: GoogleConnection, *names: str
) -> list[UUID]:
    """Requests that an outage of Google stops, one minute after the other."""
    script(google, "service-disabled")
    made = []
    for minute, name in enumerate(names):
        with time_machine.travel(timezone.now() + timedelta(minutes=minute)):
            made.append(new_request(browser, through, account_name=name).pk)
            work()
    stop_scripting(google)
    assert {fresh(pk).status for pk in made} == {Status.FAILED}
    return made


@pytest.fixture
def stopped(
    owner_browser: Client, google: EmulatorThread, connection: GoogleConnection
) -> Iterator[list[UUID]]:
    """Three requests of one outage, seen a little later."""
    made = fail_together(google, owner_browser, connection, *NAMES)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        yield made


def test_owners_restart_them_with_one_press_and_a_second_one_does_nothing(
    owner_browser: Client, cast: Cast, stopped: list[UUID]
) -> None:
    page = owner_browser.get(reverse("requests", args=[cast.tenant.slug])).content.decode()
    assert "3 requests stopped together" in page
    (button,) = [one for one in buttons_of(page, "main") if one.label == "Restart these 3"]
    for _ in range(2):
        said = owner_browser.post(button.address, button.data, follow=True).content.decode()
    assert "restarted already" in said
    work()
    assert {fresh(pk).status for pk in stopped} == {Status.AWAITING_TERMS}
    assert "stopped together" not in said


def test_whoever_may_only_look_has_no_button(cast: Cast, stopped: list[UUID]) -> None:
    viewer = signed_in(cast.viewer)
    page = viewer.get(reverse("requests", args=[cast.tenant.slug])).content.decode()
    assert "3 requests stopped together" in page
    assert "Restart these" not in page
    address = reverse("requests-outage", args=[cast.tenant.slug])
    assert viewer.post(address, {"chosen": str(stopped[0])}).status_code == 403


def test_an_outsider_restarts_nothing(cast: Cast, stopped: list[UUID]) -> None:
    outsider = signed_in(cast.outsider)
    for tenant, status in ((cast.tenant, 404), (cast.elsewhere, 303)):
        address = reverse("requests-outage", args=[tenant.slug])
        assert outsider.post(address, {"chosen": str(stopped[0])}).status_code == status
    assert {fresh(pk).status for pk in stopped} == {Status.FAILED}


def test_staff_restart_those_of_every_organisation_with_one_press_and_a_reason(
    cast: Cast, google: EmulatorThread, stopped: list[UUID], staff_in: StaffIn
) -> None:
    outsider = signed_in(cast.outsider)
    there = connected(outsider, cast.elsewhere, google, SHOP)
    theirs = fail_together(google, outsider, there, "Otter Optics")
    staff = staff_in("Operators")
    index = staff.get(reverse("admin:index")).content.decode()
    assert "Restart these 4" in index
    page = reverse("admin:provisioning_provisioningrequest_changelist")
    form = {"action": "restart", "_selected_action": [str(stopped[0])]}
    staff.post(page, form)
    assert {fresh(pk).status for pk in stopped} == {Status.FAILED}
    staff.post(page, {**form, "reason": "Google is well again"})
    work()
    assert {fresh(pk).status for pk in [*stopped, *theirs]} == {Status.AWAITING_TERMS}


def test_an_organisation_that_leaves_is_spared(
    owner_browser: Client, cast: Cast, stopped: list[UUID], staff_in: StaffIn
) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(deleted_at=timezone.now())
    assert "stopped together" not in staff_in("Operators").get("/admin/").content.decode()
    assert {row.status for row in ProvisioningRequest._base_manager.all()} == {Status.FAILED}
