"""After a whole story, nothing that Google gave out stands anywhere in the open."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.scope import across_tenants, tenant_scope
from accounts.users.models import User
from tests.cast import Cast, with_second_step
from tests.emulator.thread import EmulatorThread
from tests.journeys import AGENCY, answer_terms, connected, fresh, new_request, work
from tests.rows import REFRESH
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import client_file, upload_client
from tokens.api_keys.models import ApiKey
from tokens.clients.models.client import PortalSecret
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.worker import refresh_due
from tokens.exchanges.models import Exchange
from tokens.service_accounts.models.service_account import ServiceAccount
from tokens.service_accounts.services.rotation import drive

# What each kind of the local Google's secrets begins with.
CANARIES = re.compile(
    r"ya29\.emu-\w{3}|1//emu-\w{3}|4/0emu-\w{3}|GOCSPX-emu-\w{3}|AIzaEmu\w{3}"
    # A private key, and the beginning of what is signed with one.
    r"|BEGIN PRIVATE KEY|eyJhbGciOiJSUzI1NiI"
)


def dump() -> Iterator[tuple[str, str]]:
    """Every table and each of its values as text, as a copy of the database would have them."""
    with across_tenants(), database.cursor() as cursor:
        for table in sorted(database.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")  # noqa: S608  # names of our own only
            for row in cursor.fetchall():
                yield from ((table, _text(value)) for value in row)


def _text(value: object) -> str:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("latin-1")
    return str(value)


def test_no_token_code_or_secret_is_in_the_database_the_logs_or_a_page(
    owner_browser: Client, cast: Cast, google: EmulatorThread, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    connection = connected(owner_browser, cast.tenant, google)
    request = new_request(owner_browser, connection)
    work()
    answer_terms(owner_browser, fresh(request.pk), google)
    work()
    with tenant_scope(cast.tenant):
        GoogleConnection.objects.update(refresh_due_at=timezone.now())
    assert refresh_due() == 1
    with tenant_scope(cast.tenant):
        assert Exchange.objects.filter(connection=connection).count() > 3

    pages = [connection.get_absolute_url(), fresh(request.pk).get_absolute_url()]
    pages += [reverse(name, args=[cast.tenant.slug]) for name in ("connections", "requests")]
    shown = [owner_browser.get(page) for page in pages]
    assert [page.status_code for page in shown] == [200] * len(pages)
    html = "\n".join(page.content.decode() for page in shown)
    rows = list(dump())

    assert AGENCY in html
    assert any(AGENCY in value for _, value in rows)
    assert not CANARIES.findall(html)
    assert not CANARIES.findall(caplog.text)
    assert not [(table, found) for table, value in rows if (found := CANARIES.findall(value))]


def test_a_secret_in_the_open_would_be_found(cast: Cast) -> None:
    cast.owner.name = REFRESH
    cast.owner.save()
    assert {table for table, value in dump() if CANARIES.search(value)} == {"accounts_user"}


def test_no_key_or_secret_of_a_credential_is_in_the_database_the_logs_or_a_page(
    owner_browser: Client, cast: Cast, google: EmulatorThread, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    desk = Desk(owner_browser, cast.tenant.slug, google)
    upload_client(desk, client_file(desk))
    portals = client_file(desk)["web"]
    staff = User.objects.create_user("keys@portal.example", is_staff=True, is_superuser=True)
    store = with_second_step(staff)
    typed = {"client_id": portals["client_id"], "secret": portals["client_secret"]}
    store.post(reverse("admin:portal-client-new"), typed | {"reason": "canary"})
    assert PortalSecret.objects.exists()
    desk.upload(desk.key_files()[0])
    value = desk.console("api-keys", project="acme-project")["value"]
    desk.post("credential-api-key-new", name="Quota", secret=value, project="acme-project")
    connection = connected(owner_browser, cast.tenant, google)
    with across_tenants():
        account, key = ServiceAccount.objects.get(), ApiKey.objects.get()
    listing = reverse("request-existing", args=[desk.slug])
    for reader in (connection, account):
        assert owner_browser.get(listing, {"connection": str(reader.pk)}).status_code == 200
    assert google.state.api_keys[value].calls == 2
    for kind, row in (("account", account), ("api-key", key), ("client", connection.client)):
        desk.post(f"credential-{kind}-check", row.pk)
    desk.post("credential-account-rotate", account.pk)
    with tenant_scope(cast.tenant):
        drive(account.rotations.get().pk)

    with tenant_scope(cast.tenant):
        exchanges = list(Exchange.objects.values_list("pk", flat=True))
    assert len(exchanges) > 8
    pages = [reverse(name, args=[desk.slug]) for name in ("credentials", "exchanges", "audit")]
    pages += [reverse("credential-account-doctor", args=[desk.slug, account.pk])]
    pages += [reverse("exchange", args=[desk.slug, pk]) for pk in exchanges]
    shown = [owner_browser.get(page) for page in pages]
    of_staff = ["admin:portal-client", "admin:tokens_portalsecret_changelist"]
    shown += [store.get(reverse(page)) for page in of_staff]
    assert {page.status_code for page in shown} == {200}
    html = "\n".join(page.content.decode() for page in shown)
    assert "X-Goog-Api-Key: [" in html
    assert not CANARIES.findall(html)
    assert not CANARIES.findall(caplog.text)
    assert not [(table, found) for table, kept in dump() if (found := CANARIES.findall(kept))]
