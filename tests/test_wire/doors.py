"""The ways to Google: one call through each."""

from collections.abc import Callable

from django.test import Client

from accounts.tenancy.scope import tenant_scope
from provisioning.analytics.google.admin_api import AdminApi
from tests.cast import Cast
from tests.emulator.seed import add_accounts
from tests.emulator.thread import EmulatorThread
from tests.journeys import connected
from tests.test_credentials.conftest import ROBOT, Desk
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.access_token import access_token
from tokens.encryption.sealing import reveal
from tokens.exchanges.recording import Subject
from tokens.google.assertion import Signer, grant
from tokens.google.revoke import revoke
from tokens.google.scopes import CLOUD_PLATFORM
from tokens.service_accounts.google import Caller, create_key, delete_key, list_keys

Door = Callable[[], object]


def doors(browser: Client, cast: Cast, google: EmulatorThread) -> dict[str, Door]:
    """One call through each of the ways to Google."""
    connection = connected(browser, cast.tenant, google)
    desk = Desk(browser, cast.tenant.slug, google)
    caller = caller_of_robot(desk, cast)
    with tenant_scope(cast.tenant):
        token = access_token(connection)
    api = AdminApi(token, Subject(cast.tenant.pk, connection.pk))

    def refresh() -> object:
        row = GoogleConnection.objects.get(pk=connection.pk)
        return access_token(row, refused=token)

    return {
        "token": refresh,
        "api": lambda: ["asked", *api.accounts()],
        "iam": lambda: list_keys(caller),
    }


def caller_of_robot(desk: Desk, cast: Cast) -> Caller:
    """A service account that may make keys of its own, with a token for that."""
    file, _ = desk.key_files(key_admin=True)
    subject = Subject(cast.tenant.pk)
    signer = Signer(file["client_email"], file["private_key_id"], file["private_key"])
    with tenant_scope(cast.tenant):
        token = grant(signer, frozenset({CLOUD_PLATFORM}), subject).access_token
    return Caller(ROBOT, subject, token)


def writes(browser: Client, cast: Cast, google: EmulatorThread) -> dict[str, Door]:
    """One write of each client, with a connection that was used a moment ago."""
    connection = connected(browser, cast.tenant, google)
    subject = Subject(cast.tenant.pk, connection.pk)
    caller = caller_of_robot(Desk(browser, cast.tenant.slug, google), cast)
    with tenant_scope(cast.tenant):
        api = AdminApi(access_token(connection), subject)
        kid = list_keys(caller)[0].kid
        refresh_token = reveal(connection, "refresh_token")
    account = google.call(lambda world: add_accounts(world.state, connection.sub, 1))[0].id
    place = {"account_id": account, "display_name": "Shop", "time_zone": "Etc/UTC"}
    return {
        "POST API": lambda: api.create_property(**place),
        "POST IAM": lambda: create_key(caller),
        "DELETE IAM": lambda: delete_key(caller, kid),
        "POST revoke": lambda: revoke(refresh_token, subject, None),
    }
