"""A permission that works is used further: nobody burns one of Google's places for nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast, signed_in
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, SHOP, connected, leave_to_connect, path_of
from tests.test_disconnect.flows import as_stored, living_tokens
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.states import ConnectionStatus
from tokens.encryption.sealing import reveal


@pytest.fixture
def mine(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


def leave_to_reconnect(browser: Client, row: GoogleConnection) -> str:
    url = reverse("connection-reconnect", args=[row.tenant.slug, row.pk])
    return str(browser.post(url)["Location"])


def walk(browser: Client, google: EmulatorThread, address: str, email: str = AGENCY) -> Any:
    """Go to Google and come back; returns the portal's answer."""
    return browser.get(path_of(Person(google.base_url, email).consent(address)))


def test_connecting_a_living_account_again_keeps_its_refresh_token(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    before = reveal(mine, "refresh_token")
    again = connected(owner_browser, cast.tenant, google)
    assert again.pk == mine.pk
    assert reveal(again, "refresh_token") == before
    assert living_tokens(google) == 1
    with tenant_scope(cast.tenant):
        assert IssuedRefreshToken.objects.count() == 1


def test_reconnecting_what_lives_shows_no_consent(
    owner_browser: Client, mine: GoogleConnection, google: EmulatorThread
) -> None:
    address = leave_to_reconnect(owner_browser, mine)
    assert "prompt=" not in address
    walk(owner_browser, google, address)
    assert living_tokens(google) == 1
    assert as_stored(mine.pk).status == ConnectionStatus.ACTIVE


@pytest.mark.parametrize(
    "change",
    [
        {"status": ConnectionStatus.NEEDS_RECONNECT, "reason": "revoked"},
        {"scopes": "openid"},
        {"refresh_expires_at": timezone.now() + timedelta(days=3)},
    ],
    ids=["dead", "without a permission", "about to end"],
)
def test_reconnecting_what_does_not_live_on_shows_consent(
    owner_browser: Client, mine: GoogleConnection, google: EmulatorThread, change: dict[str, Any]
) -> None:
    GoogleConnection._base_manager.update(**change)
    before = reveal(mine, "refresh_token")
    address = leave_to_reconnect(owner_browser, mine)
    assert "prompt=consent" in address
    walk(owner_browser, google, address)
    after = as_stored(mine.pk)
    assert reveal(after, "refresh_token") != before
    assert after.is_usable
    assert after.refresh_expires_at is None


def test_a_new_account_is_asked_as_ever(
    owner_browser: Client, cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    other = connected(owner_browser, cast.tenant, google, SHOP)
    assert reveal(other, "refresh_token") != reveal(mine, "refresh_token")


def test_an_account_that_only_others_have_connected_is_asked_at_once(
    cast: Cast, mine: GoogleConnection, google: EmulatorThread
) -> None:
    browser = signed_in(cast.outsider)
    connected(browser, cast.elsewhere, google, SHOP)
    back = walk(browser, google, leave_to_connect(browser, cast.elsewhere))
    assert back.status_code == 303
    assert "prompt=consent" in back["Location"]
    assert "login_hint=agency" in back["Location"]
    walk(browser, google, back["Location"])
    with tenant_scope(cast.elsewhere):
        assert GoogleConnection.objects.usable().filter(email=AGENCY).exists()


def test_the_page_says_that_connecting_again_costs_nothing(
    owner_browser: Client, mine: GoogleConnection
) -> None:
    page = owner_browser.get(mine.get_absolute_url()).content.decode()
    assert "so this number doesn" in page
