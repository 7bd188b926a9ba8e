"""Removing a tenant's own client: what ends is shown before, explained after, and repaired."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.tenancy.scope import across_tenants, tenant_scope
from provisioning.requests.states import Status
from tests.cast import Cast
from tests.emulator.person import Person
from tests.journeys import (
    AGENCY,
    SHOP,
    connect,
    connected,
    fresh,
    leave_to_connect,
    new_request,
    path_of,
    work,
)
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import (
    client_file,
    kept,
    only,
    own,
    refresh_again,
    remove,
    upload_client,
)
from tokens.clients.services.clients import credentials_of, portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.models.oauth_flow import OAuthFlow
from tokens.connections.models.reconnect_link import ReconnectLink
from tokens.connections.services.refresh.lease import lease_due
from tokens.connections.services.refresh.results import Outcome, write_outcomes
from tokens.connections.states import ConnectionStatus, FlowOutcome, ReconnectReason
from tokens.encryption.sealing import reveal
from tokens.google.client import ask_refresh
from tokens.google.transport import run


@pytest.fixture
def file(desk: Desk) -> dict[str, dict[str, str]]:
    """Acme's own client is here already."""
    made = client_file(desk)
    upload_client(desk, made)
    return made


def test_what_a_removal_ends_is_shown_before_and_nothing_else_is_touched(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    connect(desk.browser, cast.tenant, desk.google, SHOP, client=str(portal_client().pk))
    new_request(desk.browser, connection)
    work()
    desk.browser.get(reverse("connections", args=[desk.slug]))  # says that it is connected, once
    address = reverse("credential-client-remove", args=[desk.slug, own().pk])
    page = " ".join(desk.browser.get(address).content.decode().split())
    assert "1 connected Google account, because its permission was given to this client" in page
    assert connection.email in page
    assert SHOP not in page
    assert "1 request that waits or runs through this account" in page
    assert len(kept()) == 1
    assert "1 Google account can be reconnected" in remove(desk)
    with tenant_scope(cast.tenant):
        ended = GoogleConnection.objects.get(email=AGENCY)
        assert (ended.status, ended.reason) == ("needs_reconnect", "client_removed")
        assert ended.refresh_token is None
        assert ended.access_token is None
        assert GoogleConnection.objects.get(email=SHOP).is_usable
        assert AuditEvent.objects.filter(tag="tokens:client:removed", data__connections=1).exists()
    assert kept() == []
    assert "revoke" not in str([entry.path for entry in desk.google.world.log.entries])


@pytest.mark.usefixtures("file")
def test_a_removed_client_s_connection_is_explained_and_moves_to_the_portal_s(
    desk: Desk, cast: Cast
) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    request = new_request(desk.browser, connection)
    remove(desk)
    work()
    assert fresh(request.pk).status == Status.NEEDS_RECONNECT
    page = desk.browser.get(connection.get_absolute_url()).content.decode()
    assert "Its OAuth client was removed" in page
    assert "Reconnect with the portal's client" in page
    doctor = reverse("connection-doctor", args=[desk.slug, connection.pk])
    assert "A person removed the client" in desk.browser.get(doctor).content.decode()
    answer = desk.browser.post(reverse("connection-reconnect", args=[desk.slug, connection.pk]))
    assert portal_client().client_id in answer["Location"]
    desk.browser.get(path_of(Person(desk.google.base_url, AGENCY).consent(answer["Location"])))
    moved = only(cast)
    assert moved.pk == connection.pk
    assert moved.client == portal_client()
    assert moved.is_usable
    with tenant_scope(cast.tenant):
        live = IssuedRefreshToken.objects.get(state="live")
    assert live.client == portal_client()
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS
    assert refresh_again() == [200]


@pytest.mark.usefixtures("file")
def test_a_reconnect_link_leads_through_the_connection_s_client_or_the_portal_s_in_its_place(
    desk: Desk, cast: Cast
) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(
            status=ConnectionStatus.NEEDS_RECONNECT, reason=ReconnectReason.REVOKED
        )
    made = desk.post("connection-link", connection.pk).context["made"]
    guest = Client()
    assert own().client_id in guest.post(path_of(made.address))["Location"]
    remove(desk)
    assert portal_client().client_id in guest.post(path_of(made.address))["Location"]
    with tenant_scope(cast.tenant):
        assert ReconnectLink.objects.get().used_at is None


@pytest.mark.usefixtures("file")
def test_a_client_that_is_removed_during_a_flow_ends_the_flow(desk: Desk, cast: Cast) -> None:
    url = leave_to_connect(desk.browser, cast.tenant)
    back = Person(desk.google.base_url, AGENCY).consent(url)
    remove(desk)
    page = desk.browser.get(path_of(back), follow=True)
    assert "removed from the portal while you were at Google" in page.content.decode()
    with tenant_scope(cast.tenant):
        flow = OAuthFlow.objects.get()
        assert flow.outcome == FlowOutcome.CLIENT_REMOVED
        assert not GoogleConnection.objects.exists()
    again = desk.browser.post(reverse("flow-again", args=[desk.slug, flow.pk]))
    assert portal_client().client_id in again["Location"]


def test_a_removed_client_can_be_brought_again_and_its_connections_reconnected_through_it(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    gone = own().pk
    remove(desk)
    assert "Google accepts" in upload_client(desk, file)
    assert own().pk == gone
    address = reverse("connection-reconnect", args=[desk.slug, connection.pk])
    assert own().client_id in desk.browser.post(address)["Location"]


@pytest.mark.usefixtures("file")
def test_a_refresh_that_is_under_way_does_not_bring_a_removed_connection_back(
    desk: Desk, cast: Cast
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    with across_tenants():
        GoogleConnection.objects.update(refresh_due_at="2020-01-01T00:00:00Z")
    (batch,) = lease_due(own(), timezone.now(), 10)
    (row,) = batch.rows
    with tenant_scope(cast.tenant):
        asked = run(ask_refresh(credentials_of(own()), reveal(row, "refresh_token")))
    assert asked.tokens is not None
    remove(desk)
    with tenant_scope(cast.tenant):
        write_outcomes([Outcome(row, asked)], timezone.now())
    assert only(cast).access_token is None
    assert only(cast).reason == ReconnectReason.CLIENT_REMOVED


@pytest.mark.usefixtures("file")
def test_the_page_says_through_which_client_reconnecting_goes_and_why(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    remove(desk)
    page = as_read(desk, connection)
    assert "which Acme Agency has removed from the portal" in page
    assert "when it is connected again, through the portal's client." in page
    made = desk.post("connection-link", connection.pk).context["made"]
    guest = unescape(Client().get(path_of(made.address)).content.decode())
    assert "another OAuth client, “acme-project”, which is not used any more" in guest
    # Brought again, it is used again, and the page says that instead.
    upload_client(desk, file)
    page = as_read(desk, connection)
    assert "was removed from the portal and is here again" in page
    assert "when it is connected again, through “acme-project”." in page
    assert "Reconnect with the portal's client" not in page
    assert "another OAuth client" not in Client().get(path_of(made.address)).content.decode()


@pytest.mark.usefixtures("file")
def test_what_was_disconnected_before_its_client_went_says_so_too(desk: Desk, cast: Cast) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    desk.post("connection-disconnect", connection.pk)
    assert "is not used here any more" not in as_read(desk, connection)
    remove(desk)
    page = as_read(desk, connection)
    assert "the OAuth client “acme-project”, which is not used here any more" in page
    assert "Reconnect with the portal's client" in page


def test_a_client_whose_secret_nobody_knows_any_more_is_not_led_through(
    desk: Desk, cast: Cast, settings: Settings
) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(
            status=ConnectionStatus.NEEDS_RECONNECT, reason=ReconnectReason.REVOKED
        )
    settings.GOOGLE_CLIENT_ID = "another.apps.googleusercontent.com"
    page = as_read(desk, connection)
    assert "which is not used here any more" in page
    answer = desk.browser.post(reverse("connection-reconnect", args=[desk.slug, connection.pk]))
    assert "client_id=another.apps" in answer["Location"]


def as_read(desk: Desk, connection: GoogleConnection) -> str:
    """The connection's page, as people read it."""
    page = desk.browser.get(connection.get_absolute_url()).content.decode()
    return " ".join(unescape(page).split())
