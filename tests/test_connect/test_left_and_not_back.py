"""Whom Google's own page stops comes back to nothing: the portal says what Google may have said."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.audit.recording import by_worker
from accounts.email.models import QueuedEmail
from accounts.members.roles import Role
from accounts.members.services.invitations import invite
from accounts.tenancy.scope import tenant_scope
from accounts.web.in_app_browsers import UNNAMED, app_around
from provisioning.requests.models.request import ProvisioningRequest
from tests.cast import Cast, signed_in
from tests.emulator.person import Person, PersonBlocked
from tests.emulator.thread import EmulatorThread
from tests.journeys import (
    AGENCY,
    SHOP,
    connected,
    leave_to_connect,
    path_of,
    submit_details,
)
from tests.rows import connection_row
from tests.scripting import script
from tokens.clients.models.client import OAuthClient
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.services.access_token import access_token
from tokens.connections.services.reconnect_links import make_link
from tokens.connections.services.status import needs_reconnect
from tokens.connections.states import ReconnectReason
from tokens.google.errors import GoogleError

LEFT = "You left for Google"
CLIENT_ID = "portal.apps.googleusercontent.com"
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 Instagram 330.0.4.28.108 (iPhone14,5; iOS 17_5)"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


def after(minutes: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes, seconds=1), tick=True)


def page_of(browser: Client, cast: Cast, name: str = "connections") -> str:
    return browser.get(reverse(name, args=[cast.tenant.slug])).content.decode()


@pytest.mark.parametrize(
    ("scenario", "remedy"),
    [
        ("admin-policy", "administrator to allow this app by its client ID"),
        ("org-internal", "audience to External in Google Cloud"),
        ("not-test-user", "add your address as a test user, or publish the app"),
        ("bad-redirect", "register the return address below"),
    ],
)
def test_whom_google_s_page_stops_finds_out_what_helps(
    owner_browser: Client, cast: Cast, google: EmulatorThread, scenario: str, remedy: str
) -> None:
    script(google, scenario)
    consent = leave_to_connect(owner_browser, cast.tenant)
    with pytest.raises(PersonBlocked):
        Person(google.base_url, AGENCY).consent(consent)
    with after(3):
        page = page_of(owner_browser, cast)
    assert f"{LEFT} 3 minutes ago and did not come back" in page
    assert remedy in page
    assert CLIENT_ID in page
    assert "http://testserver/google/callback/" in page


def test_the_button_starts_the_same_again_and_coming_back_ends_it(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    leave_to_connect(owner_browser, cast.tenant)
    with tenant_scope(cast.tenant):
        flow = OAuthFlow.objects.get()
    with after(3):
        again = owner_browser.post(reverse("flow-again", args=[cast.tenant.slug, flow.pk]))
        back = Person(google.base_url, AGENCY).consent(again["Location"])
        owner_browser.get(path_of(back))
    with after(4):
        assert LEFT not in page_of(owner_browser, cast)


@pytest.mark.parametrize(("minutes", "said"), [(0.3, False), (1, True), (110, True), (125, False)])
def test_it_is_said_neither_too_soon_nor_for_ever(
    owner_browser: Client, cast: Cast, google: EmulatorThread, minutes: float, said: bool
) -> None:
    leave_to_connect(owner_browser, cast.tenant)
    with after(minutes):
        assert (LEFT in page_of(owner_browser, cast)) is said


def test_it_is_said_to_whoever_left_and_to_nobody_else(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    leave_to_connect(owner_browser, cast.tenant)
    with after(3):
        for who in (cast.teammate, cast.viewer):
            assert LEFT not in page_of(signed_in(who), cast)


def test_the_request_that_waits_for_it_says_it_too(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    submit_details(owner_browser, cast.tenant, connection="new")
    with tenant_scope(cast.tenant):
        request = ProvisioningRequest.objects.select_related("tenant").get().get_absolute_url()
    owner_browser.post(f"{request}connect/")
    with after(3):
        page = owner_browser.get(request).content.decode()
        assert f"{LEFT} 3 minutes ago" in page
        assert CLIENT_ID in page
        assert LEFT not in signed_in(cast.teammate).get(request).content.decode()


def test_a_guest_is_told_at_the_link(cast: Cast, google: EmulatorThread, db: None) -> None:
    row = connection_row(cast.tenant)
    with tenant_scope(cast.tenant):
        needs_reconnect(row, ReconnectReason.REVOKED, by_worker())
        link = path_of(make_link(row, by_worker()).address)
    guest = Client()
    guest.post(link)
    with after(3):
        page = guest.get(link).content.decode()
        assert f"{LEFT} 3 minutes ago" in page
        assert CLIENT_ID in page
        assert LEFT not in Client().get(link).content.decode()


def test_org_internal_is_the_client_s_fault_and_ends_no_connection(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    rows = [connected(owner_browser, cast.tenant, google, email) for email in (AGENCY, SHOP)]
    script(google, "org-internal")
    with tenant_scope(cast.tenant):
        for row in rows:
            type(row).objects.filter(pk=row.pk).update(access_expires_at=None)
            with pytest.raises(GoogleError):
                access_token(row)
            row.refresh_from_db()
            assert (row.status, row.reason) == ("active", "")
        client = OAuthClient.objects.get(client_id=CLIENT_ID)
    assert client.paused_at is not None
    assert QueuedEmail.of_portal().filter(kind="client_refused").exists()
    page = owner_browser.get(
        reverse("connection-doctor", args=[cast.tenant.slug, rows[0].pk])
    ).content.decode()
    assert escape("Google refuses the portal's own OAuth client") in page
    assert "Set the audience to External" in page
    assert "An administrator does not allow the portal" not in page


def addresses(cast: Cast) -> dict[str, str]:
    """Pages that lead to Google, for people who are not signed in."""
    row = connection_row(cast.tenant)
    with tenant_scope(cast.tenant):
        needs_reconnect(row, ReconnectReason.REVOKED, by_worker())
        made = invite(cast.tenant, ["nina@new.example"], Role.VIEWER, by_worker())
        return {
            "reconnect link": path_of(make_link(row, by_worker()).address),
            "invitation": path_of(made[0].address),
            "sign in": reverse("account_login"),
            "sign up": reverse("account_signup"),
        }


@pytest.mark.parametrize("page", ["reconnect link", "invitation", "sign in", "sign up"])
def test_in_an_app_s_browser_every_page_that_leads_to_google_says_so(
    cast: Cast, google: EmulatorThread, page: str
) -> None:
    address = addresses(cast)[page]
    shown = Client(headers={"user-agent": INSTAGRAM}).get(address).content.decode()
    assert "built-in browser of the Instagram app" in " ".join(shown.split())
    assert f"http://testserver{address}" in shown
    plain = Client(headers={"user-agent": SAFARI}).get(address).content.decode()
    assert "built-in browser" not in plain


def test_members_are_told_where_they_connect(
    owner_browser: Client, cast: Cast, google: EmulatorThread
) -> None:
    page = owner_browser.get(
        reverse("connections", args=[cast.tenant.slug]), headers={"user-agent": INSTAGRAM}
    )
    assert "built-in browser" in page.content.decode()


IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 {}Mobile/15E148"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8{}) AppleWebKit/537.36 Chrome/126.0 {}"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15"


@pytest.mark.parametrize(
    ("user_agent", "app"),
    [
        (INSTAGRAM, "Instagram"),
        (SAFARI, ""),
        (IOS.format(""), UNNAMED),
        (IOS.format("CriOS/126.0 ") + " Safari/604.1", ""),
        (IOS.format("") + " [LinkedInApp]/9.29", "LinkedIn"),
        (ANDROID.format("; wv", "Mobile Safari/537.36"), UNNAMED),
        (ANDROID.format("", "Mobile Safari/537.36"), ""),
        (ANDROID.format("; wv", "Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/470.0;]"), "Facebook"),
        (ANDROID.format("; wv", "Mobile Safari/537.36 Line/14.9.1/IAB"), "LINE"),
        (MAC, ""),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", ""),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_apps_are_told_from_browsers(user_agent: str, app: str) -> None:
    assert app_around(user_agent) == app
