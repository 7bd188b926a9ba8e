"""A return that comes late still tells the portal what it can: nothing accepted is lost."""

from datetime import timedelta

import time_machine
from django.test import Client
from django.utils import timezone

from accounts.tenancy.scope import tenant_scope
from provisioning.requests.models.attempt import TosOutcome
from provisioning.requests.models.request import ProvisioningRequest
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    SHOP,
    answered,
    connected,
    fresh,
    work,
)
from tests.scripting import script


def test_a_return_after_expiry_completes(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    # Listed by nobody while the portal looked for it.
    script(google, "account-visible-late", seconds=10_000)
    back = answered(owner_browser, waiting, google)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        work()
        assert fresh(waiting.pk).status == Status.EXPIRED
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        assert owner_browser.get(back).status_code == 303
        work()
        assert fresh(waiting.pk).status == Status.COMPLETED


def test_a_return_of_an_earlier_ticket_completes_while_a_newer_one_waits(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    script(google, "account-visible-late", seconds=60)
    back = answered(owner_browser, waiting, google)
    owner_browser.post(f"{waiting.get_absolute_url()}again/")
    work()
    assert fresh(waiting.pk).status == Status.AWAITING_TERMS
    owner_browser.get(back)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        work()
        assert fresh(waiting.pk).status == Status.COMPLETED
    with tenant_scope(waiting.tenant):
        assert waiting.tickets.count() == 2


def test_a_late_refusal_of_an_earlier_ticket_does_not_touch_the_newer_one(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    back = answered(owner_browser, waiting, google, "cancel")
    owner_browser.post(f"{waiting.get_absolute_url()}again/")
    work()
    newer = fresh(waiting.pk)
    owner_browser.get(back)
    after = fresh(waiting.pk)
    assert (after.status, after.fencing_token) == (Status.AWAITING_TERMS, newer.fencing_token)
    with tenant_scope(waiting.tenant):
        assert not TosOutcome.objects.get().counted


def test_it_is_verified_through_the_google_account_that_its_ticket_is_bound_to(
    owner_browser: Client, cast: Cast, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    script(google, "account-visible-late", seconds=60)
    back = answered(owner_browser, waiting, google)
    other = connected(owner_browser, cast.tenant, google, SHOP)
    owner_browser.post(f"{waiting.get_absolute_url()}use/", {"connection": str(other.pk)})
    work()
    assert fresh(waiting.pk).connection == other
    owner_browser.get(back)
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        work()
        done = fresh(waiting.pk)
    assert done.status == Status.COMPLETED
    assert done.connection == waiting.connection


def test_after_cancelling_it_is_kept_but_changes_nothing(
    owner_browser: Client, google: EmulatorThread, waiting: ProvisioningRequest
) -> None:
    back = answered(owner_browser, waiting, google)
    owner_browser.post(f"{waiting.get_absolute_url()}cancel/")
    page = owner_browser.get(back, follow=True).content.decode()
    work()
    assert "was not counted" in page
    assert fresh(waiting.pk).status == Status.CANCELLED
    with tenant_scope(waiting.tenant):
        assert not TosOutcome.objects.get().counted
