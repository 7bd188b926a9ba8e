"""The secrets of tenants' own clients take part in all that is done to sealed secrets."""

from io import StringIO

from django.core.management import call_command

from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.journeys import connected
from tests.test_credentials.conftest import Desk
from tests.test_credentials.consoles import client_file, kept, own, secret_of, upload_client
from tokens.clients.models.client import ClientSecret
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.worker import refresh_due
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.sealed_tables import sealed_tables
from tokens.encryption.sealing import reveal
from tokens.encryption.services.reseal import count_stale


def doctor() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("secrets", "doctor", stdout=out, stderr=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_their_table_is_among_the_sealed_ones() -> None:
    (found,) = [table for table in sealed_tables() if table.label == "tokens.ClientSecret"]
    assert found.columns == ("secret",)


def test_a_new_data_key_seals_them_anew_and_refreshes_go_on(desk: Desk, cast: Cast) -> None:
    file = client_file(desk)
    upload_client(desk, file)
    connected(desk.browser, cast.tenant, desk.google)
    before = kept()[0].secret
    call_command("rotate_keys", "--data-keys", stdout=StringIO())
    active = TenantKey._base_manager.get(tenant=cast.tenant, state=KeyState.ACTIVE)
    (row,) = kept()
    assert row.secret != before
    assert row.secret.kid == active.kid
    with tenant_scope(cast.tenant):
        assert reveal(row, "secret") == secret_of(file)
        GoogleConnection.objects.update(refresh_due_at="2020-01-01T00:00:00Z")
    assert count_stale(cast.tenant.pk) == 0
    assert refresh_due() == 1
    assert own().paused_at is None


def test_the_doctor_of_secrets_opens_them_and_names_what_does_not_open(
    desk: Desk, cast: Cast
) -> None:
    upload_client(desk, client_file(desk))
    (row,) = kept()
    code, said = doctor()
    assert code == 0
    assert f"tokens.ClientSecret, key {row.secret.kid}: 1 open, 0 do not" in said
    connection = connected(desk.browser, cast.tenant, desk.google)
    with tenant_scope(cast.tenant):
        ClientSecret.objects.filter(pk=row.pk).update(secret=connection.refresh_token)
    code, said = doctor()
    assert code == 1
    assert f"tokens.ClientSecret {row.pk} secret: It does not open" in said
    assert "GOCSPX" not in said
