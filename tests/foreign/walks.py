"""Connect, refresh, rotate, revoked elsewhere, reconnect, disconnect: at three foreign servers."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.exchanges import exchanges_of, leaks
from tests.foreign.server import EMAIL, KINDS, Kind, Server, install, running
from tests.journeys import leave_to_connect, path_of
from tests.test_disconnect.flows import as_stored, disconnect, revocation_of, tell_google
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import ConnectionUnusable, renew
from tokens.encryption.sealing import reveal
from tokens.google.scopes import ANALYTICS_EDIT
from tokens.google.signing_keys import forget_keys


@pytest.fixture(scope="session", params=KINDS, ids=[kind.name for kind in KINDS])
def _server(request: pytest.FixtureRequest) -> Iterator[Server]:
    install()
    kind: Kind = request.param
    with running(kind) as server:
        yield server


@pytest.fixture
def server(_server: Server, settings: Settings) -> Server:
    """A foreign server that the portal takes for Google."""
    for name, value in _server.settings().items():
        setattr(settings, name, value)
    forget_keys()
    return _server


@pytest.fixture
def row(server: Server, owner_browser: Client, cast: Cast) -> GoogleConnection:
    """An account that the owner has connected there."""
    back = server.consent(leave_to_connect(owner_browser, cast.tenant))
    answer = owner_browser.get(path_of(back))
    page = owner_browser.get(answer["Location"]).content.decode()
    with tenant_scope(cast.tenant):
        rows = list(GoogleConnection.objects.select_related("client", "tenant"))
    assert len(rows) == 1, page
    return rows[0]


def revoke_elsewhere(server: Server, row: GoogleConnection) -> str:
    """End the permission at the server, as its person does there; returns the dead token."""
    token = reveal(as_stored(row.pk), "refresh_token")
    assert server.ask(server.kind.revoke, token=token).ok
    return token


def is_dead(server: Server, token: str) -> bool:
    """Whether the server refuses a refresh token."""
    answer = server.ask(server.kind.token, grant_type="refresh_token", refresh_token=token)
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


def test_an_account_is_connected_with_its_address_and_permissions(
    cast: Cast, row: GoogleConnection
) -> None:
    assert (row.email, row.email_verified, row.status) == (EMAIL, True, "active")
    assert ANALYTICS_EDIT in row.granted
    assert not leaks([str(vars(one)) for one in exchanges_of(cast.tenant)])


def test_its_token_is_renewed_and_a_rotated_one_kept(server: Server, row: GoogleConnection) -> None:
    with tenant_scope(row.tenant):
        before = [reveal(row, name) for name in ("access_token", "refresh_token")]
        for _ in range(2):
            renew(as_stored(row.pk))
        after = [reveal(as_stored(row.pk), name) for name in ("access_token", "refresh_token")]
    # Within one second a server may issue the very same JSON Web Token.
    renewals = [
        one.status
        for one in exchanges_of(row.tenant)
        if one.request_body.get("grant_type") == "refresh_token"
    ]
    assert renewals == [200, 200]
    assert after[0]
    assert (after[1] != before[1]) is server.kind.rotates
    assert as_stored(row.pk).granted == row.granted


def test_revoked_elsewhere_it_asks_for_its_person_and_reconnects(
    server: Server, owner_browser: Client, row: GoogleConnection
) -> None:
    revoke_elsewhere(server, row)
    with tenant_scope(row.tenant), pytest.raises(ConnectionUnusable):
        renew(as_stored(row.pk))
    assert (as_stored(row.pk).status, as_stored(row.pk).reason) == ("needs_reconnect", "revoked")
    leave = owner_browser.post(reverse("connection-reconnect", args=[row.tenant.slug, row.pk]))
    owner_browser.get(path_of(server.consent(leave["Location"])))
    again = as_stored(row.pk)
    assert (again.status, again.reason) == ("active", "")
    with tenant_scope(row.tenant):
        renew(again)


def test_disconnecting_ends_the_permission_there(
    server: Server, owner_browser: Client, row: GoogleConnection
) -> None:
    token = reveal(row, "refresh_token")
    disconnect(owner_browser, row)
    tell_google()
    assert (revocation_of(row).state, revocation_of(row).tries) == ("confirmed", 1)
    assert is_dead(server, token)
