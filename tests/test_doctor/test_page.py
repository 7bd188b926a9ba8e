"""The doctor's page: from what really happened at Google to the verdict and one button."""

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
from tests.journeys import SHOP, connected, new_request, path_of, work
from tests.scripting import script, stop_scripting
from tests.test_disconnect.flows import as_stored, disconnect
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import ConnectionUnusable, access_token
from tokens.diagnostics.services import clock_skew, reason_in, skew_seen
from tokens.google.errors import GoogleError


@pytest.fixture
def row(owner_browser: Client, cast: Cast, google: EmulatorThread) -> GoogleConnection:
    return connected(owner_browser, cast.tenant, google)


def page_of(browser: Client, row: GoogleConnection) -> str:
    answer = browser.get(reverse("connection-doctor", args=[row.tenant.slug, row.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def verdict(page: str) -> str:
    return page.split('class="callout-words"', 1)[1].split("<h2>", 1)[1].split("</h2>", 1)[0]


def first_cause(page: str) -> str:
    return page.split('id="cause-1">', 1)[1].split("</h2>", 1)[0]


def refresh(row: GoogleConnection) -> None:
    """Have the access token renewed now, however that ends."""
    with tenant_scope(row.tenant):
        ended = timezone.now() - timedelta(hours=1)
        GoogleConnection.objects.filter(pk=row.pk).update(access_expires_at=ended)
        try:
            access_token(as_stored(row.pk))
        except (ConnectionUnusable, GoogleError):
            return


def test_a_well_connection_is_said_to_work(owner_browser: Client, row: GoogleConnection) -> None:
    page = page_of(owner_browser, row)
    assert verdict(page) == "This connection works"
    assert "cause-1" not in page
    assert "Check again" in page


@pytest.mark.parametrize(
    ("scenario", "cause", "button"),
    [
        ("rt-revoked-by-user", "The permission was withdrawn at Google", "Reconnect at Google"),
        (
            "rt-rapt",
            "Session control of the Workspace organisation",
            "See how to exempt the portal",
        ),
        (
            "account-deleted",
            "The Google account was deleted or suspended",
            "Connect another Google account",
        ),
        (
            "client-secret-rotated",
            "Google refuses the portal&#x27;s own OAuth client",
            "Open the clients at Google",
        ),
        (
            "client-deleted",
            "Google refuses the portal&#x27;s own OAuth client",
            "Open the clients at Google",
        ),
        ("token-503-html", "Google, or the way to it, fails at the moment", "Check again"),
    ],
)
def test_what_google_answered_is_understood(
    owner_browser: Client,
    row: GoogleConnection,
    google: EmulatorThread,
    scenario: str,
    cause: str,
    button: str,
) -> None:
    script(google, scenario)
    refresh(row)
    page = page_of(owner_browser, row)
    assert first_cause(page) == cause
    assert button in page


@pytest.mark.parametrize(
    ("scenario", "cause"),
    [
        ("service-disabled", "The Google Analytics Admin API is switched off"),
        ("entity-403", "The Google account has no access to what was asked for (403)"),
        ("api-401-always", "Google did not accept the access token (401)"),
    ],
)
def test_what_the_api_refused_is_understood_until_it_works_again(
    owner_browser: Client,
    row: GoogleConnection,
    google: EmulatorThread,
    scenario: str,
    cause: str,
) -> None:
    script(google, scenario)
    new_request(owner_browser, row)
    work()
    assert first_cause(page_of(owner_browser, row)) == cause
    stop_scripting(google)
    if scenario == "api-401-always":
        connected(owner_browser, row.tenant, google)
    new_request(owner_browser, row)
    work()
    assert verdict(page_of(owner_browser, row)) == "This connection works"


def test_the_wrong_account_is_named(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    script(google, "rt-revoked-by-user")
    refresh(row)
    stop_scripting(google)
    start = reverse("connection-reconnect", args=[row.tenant.slug, row.pk])
    consent = owner_browser.post(start)["Location"]
    owner_browser.get(path_of(Person(google.base_url, SHOP).consent(consent)))
    assert f"came back as {SHOP}" in page_of(owner_browser, row)


def test_an_evicted_token_is_explained_with_its_number(
    owner_browser: Client, cast: Cast, row: GoogleConnection, settings: Any, google: EmulatorThread
) -> None:
    settings.REFRESH_TOKEN_LIMIT = 1
    connected(signed_in(cast.outsider), cast.elsewhere, google)
    script(google, "rt-revoked-by-user")
    refresh(row)
    page = page_of(owner_browser, row)
    assert first_cause(page) == "The limit of refresh tokens was exceeded"
    assert "The 2nd token for this account was issued since, limit 1." in page
    assert "Other Ltd" not in page


def test_a_disconnected_connection_is_nobody_s_fault(
    owner_browser: Client, row: GoogleConnection
) -> None:
    disconnect(owner_browser, row)
    assert verdict(page_of(owner_browser, row)) == "Disconnected by a person"


def test_a_wrong_clock_is_seen_by_the_dates_of_what_google_answered(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    google.call(lambda world: setattr(world.state, "clock_offset", 90.0))
    refresh(row)
    with tenant_scope(row.tenant):
        assert abs((skew_seen() or 0.0) + 90.0) <= 1.5
    page = page_of(owner_browser, row)
    assert "90 seconds behind Google" in page
    assert verdict(page) == "This connection works"


@pytest.mark.django_db
def test_the_clock_is_measured_against_google_s(google: EmulatorThread) -> None:
    assert abs(clock_skew() or 0.0) <= 1.5
    script(google, "connection-reset")
    assert clock_skew() is None


def test_a_viewer_is_told_whom_to_ask(
    cast: Cast, row: GoogleConnection, google: EmulatorThread
) -> None:
    script(google, "rt-revoked-by-user")
    refresh(row)
    page = page_of(signed_in(cast.viewer), row)
    assert first_cause(page) == "The permission was withdrawn at Google"
    assert "Ask an owner or admin" in page
    assert "/reconnect/" not in page


def test_the_page_shows_no_secret(
    owner_browser: Client, row: GoogleConnection, google: EmulatorThread
) -> None:
    script(google, "rt-revoked-by-user")
    refresh(row)
    page = page_of(owner_browser, row)
    assert not any(secret in page for secret in ("ya29.", "1//", "GOCSPX-"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"error": {"details": [{"@type": "x"}, {"reason": "SERVICE_DISABLED"}]}},
            "SERVICE_DISABLED",
        ),
        ({"error": {"errors": [{"reason": "accessNotConfigured"}]}}, "accessNotConfigured"),
        ({"error": {"status": "PERMISSION_DENIED", "details": "hidden"}}, "PERMISSION_DENIED"),
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({}, ""),
        ("<html>", ""),
    ],
)
def test_google_s_reason_is_found_in_each_of_its_forms(body: Any, reason: str) -> None:
    assert reason_in(body) == reason
