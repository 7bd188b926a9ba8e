"""Google is asked when somebody presses the button, not when somebody looks, nor too often."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants
from tests.cast import Cast, make_cast, signed_in
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected
from tests.scripting import script
from tests.test_credentials.conftest import Desk, desk
from tests.test_disconnect.flows import as_stored
from tests.test_doctor.test_page import first_cause, verdict
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.checks import may_ask
from tokens.exchanges.models import Exchange
from tokens.service_accounts.models.service_account import ServiceAccount

__all__ = ["desk"]
TOO_OFTEN = "Google was asked several times just now"


@pytest.fixture
def row(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


def calls(google: EmulatorThread) -> int:
    """How often Google was asked anything so far."""
    return google.call(lambda world: len(world.log.entries))


def press(browser: Client, row: GoogleConnection, name: str = "connection-check") -> Any:
    return browser.post(reverse(name, args=[row.tenant.slug, row.pk]), follow=True)


def page(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("who", ["owner", "teammate", "viewer"])
@pytest.mark.parametrize("scenario", ["", "rt-revoked-by-user"])
def test_looking_never_asks_google(
    cast: Cast, row: GoogleConnection, google: EmulatorThread, who: str, scenario: str
) -> None:
    browser = signed_in(getattr(cast, who))
    if scenario:
        script(google, scenario)
        press(signed_in(cast.owner), row)
    before = calls(google)
    for address in (
        reverse("connection-doctor", args=[row.tenant.slug, row.pk]),
        reverse("connection-doctor", args=[row.tenant.slug, row.pk]) + "?fresh",
        row.get_absolute_url(),
    ):
        assert browser.get(address).status_code == 200
        assert browser.head(address).status_code == 200
    assert calls(google) == before


def test_looking_at_a_service_account_never_asks_google(desk: Desk, cast: Cast) -> None:
    desk.upload(desk.key_files()[0])
    account = ServiceAccount._base_manager.get()
    before = calls(desk.google)
    address = reverse("credential-account-doctor", args=[desk.slug, account.pk])
    for browser in (desk.browser, signed_in(cast.viewer)):
        assert browser.get(address).status_code == 200
    assert calls(desk.google) == before


def test_after_the_app_was_removed_at_google_the_button_says_so(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    script(google, "rt-revoked-by-user")
    with time_machine.travel(timezone.now() + timedelta(minutes=8, seconds=5), tick=True):
        doctor = reverse("connection-doctor", args=[row.tenant.slug, row.pk])
        looked = page(owner_browser.get(doctor))
        assert verdict(looked) == "Last known good 8 minutes ago"
        assert "Google was not asked just now" in looked
        pressed = page(press(owner_browser, row))
    assert verdict(pressed) == "Google refuses the permission"
    assert first_cause(pressed) == "The permission was withdrawn at Google"
    assert "Google issued no access token" in pressed
    assert as_stored(row.pk).status == "needs_reconnect"


def test_the_button_renews_the_token_of_one_that_works_and_is_recorded(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    before = as_stored(row.pk).access_token
    assert verdict(page(press(owner_browser, row))) == "This connection works"
    assert as_stored(row.pk).access_token != before
    with across_tenants():
        told = AuditEvent.objects.get(tag="tokens:connection:checked")
    assert told.data["works"] is True


def test_what_waits_for_its_person_is_not_asked_about(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    script(google, "rt-revoked-by-user")
    press(owner_browser, row)
    before = calls(google)
    again = page(press(owner_browser, row))
    assert "has to be connected again before it can be checked" in again
    assert "Check again" not in again
    assert calls(google) == before


def test_a_viewer_has_no_button_and_no_address_for_it(
    cast: Cast, row: GoogleConnection, google: EmulatorThread
) -> None:
    viewer = signed_in(cast.viewer)
    doctor = reverse("connection-doctor", args=[row.tenant.slug, row.pk])
    assert "Check again" not in page(viewer.get(doctor))
    before = calls(google)
    assert press(viewer, row).status_code == 403
    assert press(signed_in(cast.outsider), row).status_code == 404
    assert calls(google) == before


def test_an_organisation_asks_six_times_at_once_and_then_one_by_one(
    owner_browser: Client, cast: Cast, row: GoogleConnection, google: EmulatorThread
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        before = calls(google)
        answers = [page(press(owner_browser, row)) for _ in range(8)]
        assert [TOO_OFTEN in one for one in answers] == [False] * 6 + [True] * 2
        assert calls(google) == before + 6
        assert may_ask(cast.elsewhere), "others are not held up"
        clock.shift(timedelta(seconds=11))
        assert TOO_OFTEN not in page(press(owner_browser, row))
        assert TOO_OFTEN in page(press(owner_browser, row))


def test_every_button_that_asks_google_is_held_to_it(desk: Desk, cast: Cast) -> None:
    desk.upload(desk.key_files()[0])
    account = ServiceAccount._base_manager.select_related("tenant").get()
    names = ("credential-account-check", "credential-account-doctor-check")
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(6):
            assert may_ask(cast.tenant)
        before = calls(desk.google)
        for name in names:
            address = reverse(name, args=[desk.slug, account.pk])
            assert TOO_OFTEN in page(desk.browser.post(address, follow=True))
        assert calls(desk.google) == before


@pytest.mark.django_db(transaction=True)
def test_of_twenty_presses_at_once_google_hears_no_more_than_six(google: EmulatorThread) -> None:
    cast = make_cast()
    row = connected(signed_in(cast.owner), cast.tenant, google)
    gate = threading.Barrier(20)

    def one(browser: Client) -> Callable[[], int]:
        def go() -> int:
            gate.wait(timeout=30)
            try:
                return int(press(browser, row).status_code)
            finally:
                connections.close_all()

        return go

    before = calls(google)
    acts = [one(signed_in(cast.owner)) for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        assert {done.result() for done in [pool.submit(act) for act in acts]} == {200}
    assert 1 <= calls(google) - before <= 6 + 1
    with across_tenants():
        assert as_stored(row.pk).is_usable
        assert Exchange.objects.filter(status=200).exists()
