"""The portal's own OAuth client, uploaded by staff: tried, used, rotated, removed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from accounts.audit.models.event import AuditEvent
from accounts.email.models import QueuedEmail
from accounts.tenancy.scope import across_tenants, tenant_scope
from portal.operations.system_check import installation
from provisioning.requests.states import Status
from tests.cast import Cast, signed_in
from tests.journeys import SHOP, connect, connected, fresh, leave_to_connect, new_request, work
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import (
    RETURNS,
    client_file,
    end_secret,
    only,
    refresh_again,
    second_file,
    secret_of,
)
from tests.test_credentials.test_own_clients import WRONG_FILES
from tests.test_credentials.uploads import (
    HOME,
    _no_environment,
    _nothing_proven,
    acts,
    file,
    look,
    rows,
    send,
    staff_in,
    store,
    upload,
)
from tests.test_staff.conftest import StaffIn
from tokens.clients.models.client import OAuthClient, PortalSecret
from tokens.clients.services.clients import credentials_of, portal_client, uploaded_clients
from tokens.clients.services.portal_secrets import unlocked
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.tasks import end_through_client
from tokens.connections.unscoped import through_removed_clients
from tokens.google.client import forget_proven

__all__ = ["_no_environment", "_nothing_proven", "file", "staff_in", "store"]
pytestmark = pytest.mark.usefixtures("_nothing_proven")


def test_a_tenant_connects_works_and_is_refreshed_through_the_uploaded_client(
    desk: Desk, cast: Cast, file: dict[str, Any]
) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    assert only(cast).client == portal_client()
    assert only(cast).client.client_id == file["web"]["client_id"]
    request = new_request(desk.browser, connection)
    work()
    assert fresh(request.pk).status == Status.AWAITING_TERMS
    assert refresh_again() == [200]
    assert rows()[0].accepted_at is not None


def test_the_secret_is_encrypted_and_only_its_last_four_are_shown(
    store: Client, file: dict[str, Any]
) -> None:
    (row,) = rows()
    secret = secret_of(file)
    assert secret not in str(vars(row))
    assert unlocked(row) == secret
    page = look(store)
    assert secret not in page
    assert f"<code>{secret[-4:]}</code>" in page
    assert row.wrapped_by in page
    assert row.secret.token not in page
    with across_tenants():
        event = AuditEvent.objects.get(tag="tokens:client:added")
    assert (event.tenant_id, event.actor_kind) == (None, "staff")
    assert event.data["staff_reason"] == "the canary's reason"
    assert secret not in str(event.data)


@pytest.mark.usefixtures("_no_environment")
def test_id_and_secret_can_be_typed_instead(desk: Desk, store: Client) -> None:
    web = client_file(desk)["web"]
    page = send(store, "-new", client_id=web["client_id"], secret=web["client_secret"])
    assert "Google accepts" in page
    assert web["client_secret"] not in page
    assert portal_client().client_id == web["client_id"]


@pytest.mark.parametrize(("content", "words"), WRONG_FILES)
def test_a_wrong_file_is_named_not_echoed_and_not_sent_to_google(
    desk: Desk, store: Client, content: Any, words: str
) -> None:
    page = upload(store, content, reason="because")
    assert words in page
    assert "canary" not in page
    assert "Nothing was kept." in page
    assert not desk.google.world.log.entries
    assert not PortalSecret.objects.exists()
    assert not acts()


def test_a_client_that_google_or_the_addresses_refuse_is_not_kept(
    desk: Desk, store: Client
) -> None:
    wrong = client_file(desk)
    wrong["web"]["client_secret"] = "GOCSPX-canary-wrong"
    page = upload(store, wrong, reason="because")
    assert "The client secret is wrong" in page
    assert "canary" not in page
    other = client_file(desk, redirect_uris=[RETURNS[0].rstrip("/"), RETURNS[1]])
    assert "differs in the trailing slash" in upload(store, other)
    desk.console("scenario", name="token-503-html", times=1)
    assert "back end failed" in upload(store, client_file(desk))
    assert not PortalSecret.objects.exists()
    assert OAuthClient._base_manager.get() == portal_client()


def test_nothing_is_kept_without_a_reason(desk: Desk, store: Client) -> None:
    assert "Say why. Nothing was done." in upload(store, client_file(desk), reason="  ")
    assert not PortalSecret.objects.exists()


@pytest.mark.usefixtures("file")
def test_it_is_uploaded_once_and_no_tenant_brings_it(
    desk: Desk, store: Client, file: dict[str, Any]
) -> None:
    assert "It is here already" in upload(store, file)
    content = SimpleUploadedFile("client_secret.json", json.dumps(file).encode())
    page = desk.post("credential-client-new", file=content).content.decode()
    assert escape("This is the portal's own client") in page
    assert len(rows()) == 1


def test_the_environment_goes_first_and_the_page_says_what_to_take_out(
    desk: Desk, cast: Cast, store: Client, settings: Settings
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    made = client_file(desk)
    upload(store, made)
    assert portal_client().client_id == settings.GOOGLE_CLIENT_ID
    page = look(store)
    assert "<code>GOOGLE_CLIENT_ID</code> and <code>GOOGLE_CLIENT_SECRET</code> out of" in page
    assert "Upload this very client here first:" in page
    web = {"client_id": settings.GOOGLE_CLIENT_ID, "client_secret": settings.GOOGLE_CLIENT_SECRET}
    send(store, "-new", client_id=web["client_id"], secret=web["client_secret"])
    assert "Upload this very client" not in look(store)
    # What the environment named is taken out of it: the same connection goes on.
    settings.GOOGLE_CLIENT_ID = settings.GOOGLE_CLIENT_SECRET = ""
    settings.GOOGLE_CLIENT_NAMED_BY = ""
    assert portal_client().client_id == web["client_id"]
    assert refresh_again() == [200]
    assert "The environment names none." in look(store)


def test_connections_keep_their_client_when_another_is_uploaded(
    desk: Desk, cast: Cast, store: Client, file: dict[str, Any]
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    second = client_file(desk)
    upload(store, second)
    connect(desk.browser, cast.tenant, desk.google, SHOP)
    with tenant_scope(cast.tenant):
        used = set(GoogleConnection.objects.values_list("client__client_id", flat=True))
    assert used == {file["web"]["client_id"], second["web"]["client_id"]}
    assert refresh_again() == [200, 200]
    assert "1 Google account of 1 organisation, connected through it before." in look(store)


def test_the_client_before_is_used_again_when_staff_say_so(
    desk: Desk, cast: Cast, store: Client, file: dict[str, Any]
) -> None:
    before = portal_client()
    upload(store, client_file(desk))
    used = portal_client()
    assert used != before
    page = look(store, "-choose", before.pk)
    assert f"from then on, instead of {used.client_id}" in page
    assert "is used already" in send(store, "-choose", used.pk)
    assert "is the one that was chosen last" in send(store, "-choose", before.pk)
    assert portal_client() == before
    connected(desk.browser, cast.tenant, desk.google)
    assert only(cast).client == before
    assert acts() == ["added", "added", "chosen"]
    # What is uploaded afterwards goes before what was chosen.
    upload(store, third := client_file(desk))
    assert portal_client().client_id == third["web"]["client_id"]


def test_two_secrets_are_rotated_without_a_refresh_that_fails(
    desk: Desk, cast: Cast, store: Client, file: dict[str, Any]
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    client = portal_client()
    (old,) = rows()
    assert "It is the only one" in send(store, "-secret-remove", old.pk)
    second = second_file(desk, client)
    assert "uses the new secret" in upload(store, second, "-secret", client.pk)
    newest, old = rows()
    assert [one.value for one in credentials_of(client).secrets] == [
        secret_of(second),
        secret_of(file),
    ]
    assert "Two secrets are here already" in upload(store, file, "-secret", client.pk)
    # The new one does not work yet: the old one is used where Google refuses it, and stays.
    end_secret(desk, client, secret_of(second))
    assert refresh_again() == [200, 401]
    assert OAuthClient._base_manager.get(pk=client.pk).paused_at is None
    assert PortalSecret.objects.get(pk=newest.pk).is_refused
    assert "so this one stays" in send(store, "-secret-remove", old.pk)
    end_secret(desk, client, secret_of(second), act="enable")
    assert "is destroyed here" in send(store, "-secret-remove", old.pk)
    assert [row.pk for row in rows()] == [newest.pk]
    end_secret(desk, client, secret_of(file))
    forget_proven()
    assert refresh_again() == [200]
    assert acts() == ["added", "secret_added", "secret_removed"]


def test_a_check_says_what_google_says_and_is_recorded(
    desk: Desk, store: Client, file: dict[str, Any]
) -> None:
    client = portal_client()
    assert "accepted it just now" in send(store, "-check", client.pk)
    end_secret(desk, client, secret_of(file))
    assert "does not work. The client secret is wrong" in send(store, "-check", client.pk)
    assert acts() == ["added", "checked", "checked"]


def test_what_a_removal_ends_is_shown_before_and_ended_after(
    desk: Desk, cast: Cast, store: Client, file: dict[str, Any]
) -> None:
    connection = connected(desk.browser, cast.tenant, desk.google)
    connected(signed_in(cast.outsider), cast.elsewhere, desk.google)
    new_request(desk.browser, connection)
    client = portal_client()
    page = look(store, "-remove", client.pk)
    assert "2 Google accounts of 2 organisations stop, and their people" in page
    assert "<li>Acme Agency: 1</li>" in page
    assert "<strong>Nobody can connect or reconnect" in page
    assert len(rows()) == 1
    assert "is removed and its secrets are destroyed here" in send(store, "-remove", client.pk)
    assert not rows()
    # Nothing is asked, and nobody is paused, until workers have ended what stands.
    assert refresh_again() == []
    assert len(through_removed_clients(10)) == 2
    for tenant_id, client_id in through_removed_clients(10):
        end_through_client(str(tenant_id), str(client_id))
    assert through_removed_clients(10) == []
    for tenant in (cast.tenant, cast.elsewhere):
        with tenant_scope(tenant):
            ended = GoogleConnection.objects.get()
            assert (ended.status, ended.reason) == ("needs_reconnect", "client_removed")
            assert ended.refresh_token is None
    upload(store, client_file(desk))
    address = reverse("connection-reconnect", args=[desk.slug, connection.pk])
    assert portal_client().client_id in desk.browser.post(address)["Location"]
    assert portal_client().client_id != file["web"]["client_id"]


def test_taking_away_what_the_environment_names_too_ends_nothing(
    desk: Desk, cast: Cast, store: Client, settings: Settings
) -> None:
    connected(desk.browser, cast.tenant, desk.google)
    named = {"client_id": settings.GOOGLE_CLIENT_ID, "secret": settings.GOOGLE_CLIENT_SECRET}
    send(store, "-new", **named)
    client = portal_client()
    assert "No connection ends" in look(store, "-remove", client.pk)
    send(store, "-remove", client.pk)
    assert through_removed_clients(10) == []
    assert refresh_again() == [200]


def test_a_removed_client_that_the_environment_names_again_is_used_again(
    desk: Desk, cast: Cast, store: Client, file: dict[str, Any], settings: Settings
) -> None:
    send(store, "-remove", portal_client().pk)
    assert not uploaded_clients().exists()
    settings.GOOGLE_CLIENT_ID = file["web"]["client_id"]
    settings.GOOGLE_CLIENT_SECRET = secret_of(file)
    connected(desk.browser, cast.tenant, desk.google)
    assert only(cast).client.removed_at is None


@pytest.mark.usefixtures("_no_environment")
def test_without_any_client_staff_are_told_so(desk: Desk, cast: Cast, store: Client) -> None:
    assert "The portal has no OAuth client of its own" in look(store)
    assert "upload one, or name it" in store.get(reverse("admin:index")).content.decode()
    lines = {line.name: line for line in installation(0.0)}
    assert lines["OAuth client"].is_red
    assert "no client was uploaded" in lines["OAuth client"].seen


@pytest.mark.usefixtures("file")
def test_an_uploaded_client_counts_where_health_is_asked_for(store: Client) -> None:
    line = next(one for one in installation(0.0) if one.name == "OAuth client")
    assert (line.tone, line.seen) == ("ok", f"{portal_client().client_id}, uploaded by staff")
    assert "upload one" not in store.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("group", ["Support", "Operators"])
@pytest.mark.usefixtures("file")
def test_other_staff_see_how_it_stands_and_change_nothing(
    desk: Desk, staff_in: StaffIn, group: str
) -> None:
    browser = staff_in(group)
    page = look(browser)
    assert "Key keepers upload clients" in page
    assert "Remove the client" not in page
    client, (secret,) = portal_client(), rows()
    for name, pk in _acts(client, secret):
        address = reverse(f"{HOME}{name}", args=pk)
        assert browser.get(address).status_code == 403
        assert browser.post(address, {"reason": "because"}).status_code == 403
    assert len(rows()) == 1


def _acts(client: OAuthClient, secret: PortalSecret) -> list[tuple[str, list[Any]]]:
    return [
        ("-new", []),
        ("-secret", [client.pk]),
        ("-check", [client.pk]),
        ("-choose", [client.pk]),
        ("-remove", [client.pk]),
        ("-secret-remove", [secret.pk]),
    ]


@pytest.mark.usefixtures("file")
def test_people_who_are_not_staff_are_sent_away(cast: Cast, staff_in: StaffIn) -> None:
    client, (secret,) = portal_client(), rows()
    pages = [("", []), *_acts(client, secret)]
    for browser in (signed_in(cast.owner), signed_in(cast.outsider), Client()):
        for name, pk in pages:
            answer = browser.get(reverse(f"{HOME}{name}", args=pk))
            assert answer.status_code in (302, 403, 404)
    assert staff_in("Nobody").get(reverse(HOME)).status_code == 403


def test_a_refusal_pauses_it_and_leads_staff_to_the_page(
    desk: Desk, cast: Cast, store: Client, file: dict[str, Any], settings: Settings
) -> None:
    settings.STAFF_EMAILS = ["staff@portal.example"]
    connected(desk.browser, cast.tenant, desk.google)
    end_secret(desk, portal_client(), secret_of(file))
    assert refresh_again() == [401]
    paused = portal_client()
    assert f"Paused: {escape(paused.pause_reason)}" in look(store)
    [mail] = QueuedEmail.of_portal().filter(kind="client_refused")
    assert mail.data["path"] == reverse(HOME)
    # A working secret ends the pause by itself.
    assert "uses the new secret" in upload(store, second_file(desk, paused), "-secret", paused.pk)
    assert portal_client().paused_at is None
    assert refresh_again() == [200]


def test_a_batch_of_refreshes_asks_the_database_for_it_once(
    desk: Desk, cast: Cast, django_assert_num_queries: Callable[..., Any], file: dict[str, Any]
) -> None:
    client = portal_client()
    with django_assert_num_queries(1):
        assert len(credentials_of(client).secrets) == 1
    assert f"client_id={file['web']['client_id']}" in leave_to_connect(desk.browser, cast.tenant)
