"""Connections through a tenant's own client: connected, refreshed, rotated, ended, moved."""

import pytest
from django.core import mail
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast, signed_in
from tests.emulator.person import Person
from tests.emulator.thread import EmulatorThread
from tests.fleets import fleet, granted
from tests.journeys import (
    AGENCY,
    SHOP,
    connect,
    connected,
    leave_to_connect,
    path_of,
)
from tests.queued_emails import deliver, refusing, rows
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import (
    client_file,
    end_secret,
    kept,
    only,
    own,
    refresh_again,
    second_file,
    secret_of,
    upload_client,
)
from tokens.clients.models.client import OAuthClient
from tokens.clients.services.clients import portal_client
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.models.ledger import IssuedRefreshToken
from tokens.connections.services.refresh.worker import refresh_due
from tokens.connections.states import ConnectionStatus, ReconnectReason
from tokens.encryption.sealing import reveal
from tokens.google.client import forget_proven

pytestmark = pytest.mark.usefixtures("_nothing_proven")


@pytest.fixture
def _nothing_proven() -> None:
    forget_proven()


@pytest.fixture
def file(desk: Desk) -> dict[str, dict[str, str]]:
    """Acme's own client is here already."""
    made = client_file(desk)
    upload_client(desk, made)
    return made


def test_accounts_are_connected_through_the_tenant_s_own_client_unless_told_otherwise(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    url = leave_to_connect(desk.browser, cast.tenant)
    assert f"client_id={file['web']['client_id']}" in url
    desk.browser.get(path_of(Person(desk.google.base_url, AGENCY).consent(url)))
    assert only(cast).client == own()
    with tenant_scope(cast.tenant):
        assert IssuedRefreshToken.objects.get().client == own()


@pytest.mark.usefixtures("file")
def test_a_person_may_choose_the_portal_s_client(desk: Desk, cast: Cast) -> None:
    page = desk.browser.get(reverse("connections", args=[desk.slug])).content.decode()
    ours, portals = str(own().pk), str(portal_client().pk)
    assert page.index(f'<option value="{ours}"') < page.index(f'<option value="{portals}"')
    connect(desk.browser, cast.tenant, desk.google, client=portals)
    assert only(cast).client == portal_client()


@pytest.mark.usefixtures("file")
def test_only_a_new_connection_is_asked_about_its_client(desk: Desk, cast: Cast) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(
            status=ConnectionStatus.NEEDS_RECONNECT, reason=ReconnectReason.REVOKED
        )
    page = desk.browser.get(reverse("connections", args=[desk.slug])).content.decode()
    assert "Reconnect<" in page
    assert page.count('name="client"') == 1


def test_without_a_client_of_their_own_nobody_is_asked(owner_browser: Client, cast: Cast) -> None:
    page = owner_browser.get(reverse("connections", args=[cast.tenant.slug])).content.decode()
    assert "<select" not in page


@pytest.mark.usefixtures("file")
def test_another_tenant_neither_sees_nor_uses_it(desk: Desk, cast: Cast) -> None:
    outsider = signed_in(cast.outsider)
    for page in ("credentials", "connections"):
        text = outsider.get(reverse(page, args=[cast.elsewhere.slug])).content.decode()
        assert own().client_id not in text
        assert str(own().pk) not in text
    address = reverse("connection-start", args=[cast.elsewhere.slug])
    assert outsider.post(address, {"client": str(own().pk)}).status_code == 404
    assert own().client_id not in leave_to_connect(outsider, cast.elsewhere)
    (secret,) = kept()
    for name, pk in (
        ("credential-client-check", own().pk),
        ("credential-client-secret", own().pk),
        ("credential-client-remove", own().pk),
        ("credential-client-secret-remove", secret.pk),
    ):
        answer = outsider.post(reverse(name, args=[cast.elsewhere.slug, pk]))
        assert answer.status_code == 404
    assert len(kept()) == 1


@pytest.mark.usefixtures("file")
def test_the_portal_s_client_is_nobody_s_to_change(desk: Desk) -> None:
    for name in ("check", "secret", "remove"):
        answer = desk.post(f"credential-client-{name}", portal_client().pk)
        assert answer.status_code == 404


def test_a_viewer_sees_the_card_and_no_button(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    viewer = signed_in(cast.viewer)
    page = viewer.get(reverse("credentials", args=[desk.slug])).content.decode()
    assert file["web"]["client_id"] in page
    assert str(own().pk) in page
    assert "Check now" not in page
    assert "New secret" not in page


@pytest.mark.usefixtures("file")
def test_refreshes_prove_themselves_with_the_connection_s_own_client(
    desk: Desk, cast: Cast
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    connect(desk.browser, cast.tenant, desk.google, SHOP, client=str(portal_client().pk))
    assert refresh_again() == [200, 200]
    with tenant_scope(cast.tenant):
        assert GoogleConnection.objects.filter(error_kind="").count() == 2


def test_a_batch_opens_the_client_s_secret_once(
    desk: Desk,
    cast: Cast,
    file: dict[str, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client_id = file["web"]["client_id"]
    fleet(cast.tenant, granted(desk.google, 30, client_id=client_id), client=own())
    opened: list[str] = []

    def counted(row: Model, name: str) -> str:
        opened.append(name)
        return reveal(row, name)

    monkeypatch.setattr("tokens.clients.services.clients.reveal", counted)
    assert refresh_due() == 30
    assert opened == ["secret"]


def test_a_new_secret_takes_over_and_the_old_one_helps_out(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    second = second_file(desk, own())
    upload_client(desk, second, own().pk)
    end_secret(desk, own(), secret_of(second))
    assert refresh_again() == [200, 401]
    newest, old = kept()
    assert newest.is_refused
    assert not old.is_refused
    end_secret(desk, own(), secret_of(second), "enable")
    end_secret(desk, own(), secret_of(file))
    assert refresh_again() == [200, 401]
    assert refresh_again() == [200]
    assert not kept()[0].is_refused
    assert kept()[1].is_refused
    assert own().paused_at is None


def test_a_connect_flow_goes_on_with_the_old_secret_while_google_refuses_the_new_one(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    second = second_file(desk, own())
    upload_client(desk, second, own().pk)
    end_secret(desk, own(), secret_of(second))
    assert connected(desk.browser, cast.tenant, desk.google).status == ConnectionStatus.ACTIVE


def test_a_refused_client_pauses_tells_its_owners_and_comes_back_with_a_new_secret(
    desk: Desk,
    cast: Cast,
    file: dict[str, dict[str, str]],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    second = second_file(desk, own())
    end_secret(desk, own(), secret_of(file))
    mail.outbox.clear()
    with refusing(monkeypatch):
        assert refresh_again() == [401]
        deliver()
    assert [row.tries for row in rows()] == [1]
    for _ in range(2):
        deliver(0.5)
    (letter,) = mail.outbox
    assert letter.to == [cast.owner.email]
    assert "The client secret is wrong" in letter.body
    assert only(cast).status == ConnectionStatus.ACTIVE
    page = desk.browser.get(reverse("credentials", args=[desk.slug])).content.decode()
    assert "Paused: The client secret is wrong" in page
    doctor = reverse("connection-doctor", args=[desk.slug, only(cast).pk])
    assert "Google refuses your own OAuth client" in desk.browser.get(doctor).content.decode()
    upload_client(desk, second, own().pk)
    assert own().paused_at is None
    assert refresh_again() == [200]


def test_a_client_whose_secret_does_not_open_is_paused_and_stops_no_other(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    connect(desk.browser, cast.tenant, desk.google, SHOP, client=str(portal_client().pk))
    (row,) = kept()
    with tenant_scope(cast.tenant):
        type(row).objects.update(secret=only_of(cast, own()).refresh_token)
    assert refresh_again() == [200]
    assert own().pause_reason == "Google was not asked: its stored secret cannot be opened."
    assert only_of(cast, own()).status == ConnectionStatus.ACTIVE


def only_of(cast: Cast, client: OAuthClient) -> GoogleConnection:
    with tenant_scope(cast.tenant):
        return GoogleConnection.objects.get(client=client)


@pytest.mark.usefixtures("file")
def test_reconnecting_keeps_the_connection_s_client(desk: Desk, cast: Cast) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    address = reverse("connection-reconnect", args=[desk.slug, connection.pk])
    assert own().client_id in desk.browser.post(address)["Location"]


def test_a_flow_through_a_client_that_google_refuses_says_whose_it_is(
    desk: Desk, cast: Cast, file: dict[str, dict[str, str]]
) -> None:
    url = leave_to_connect(desk.browser, cast.tenant)
    back = Person(desk.google.base_url, AGENCY).consent(url)
    end_secret(desk, own(), secret_of(file))
    page = desk.browser.get(path_of(back), follow=True).content.decode()
    assert "Google does not accept your OAuth client" in page


def test_the_portal_s_settings_naming_another_client_stop_only_the_old_one(
    desk: Desk, cast: Cast, google: EmulatorThread, settings: Settings
) -> None:
    connected(desk.browser, cast.tenant, google)
    upload_client(desk, client_file(desk))
    connect(desk.browser, cast.tenant, google, SHOP)
    settings.GOOGLE_CLIENT_ID = "another.apps.googleusercontent.com"
    assert refresh_again() == [200]
    assert OAuthClient._base_manager.filter(paused_at__isnull=False, tenant=None).count() == 1
