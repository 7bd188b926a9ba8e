"""A ciphertext that was damaged costs its own row, and no other."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from accounts.tenancy.scope import tenant_scope
from portal.authentication.second_steps import SecondSteps
from tests.cast import Cast
from tests.emulator.thread import EmulatorThread
from tests.fleets import fleet, granted
from tokens.connections.models.connection import GoogleConnection
from tokens.connections.services.refresh.worker import refresh_due
from tokens.encryption.batches import Opener
from tokens.encryption.sealed_tables import sealed_tables
from tokens.encryption.sealing import SecretUnreadable, reveal

PLAIN = "1//emu-canary-that-somebody-wrote-past-the-portal"
DAMAGES = [
    *("", "v2", "v2.", "v2.0123", PLAIN, "v2.é.b", "v3.KEY.AAAA"),
    *("v1.0123456789ab.", "v2.ffffffffffff.AAAA"),
    *("v1.KEY.", "v2.KEY.", "v2.KEY.AAAA", "v2.KEY.é"),
]


def damage(row: GoogleConnection, column: str, text: str) -> GoogleConnection:
    """What a hand on the database, or a broken disk, leaves behind; loaded anew."""
    table = connection.ops.quote_name(GoogleConnection._meta.db_table)
    stored = GoogleConnection._meta.pk.get_db_prep_value(row.pk, connection)
    with tenant_scope(row.tenant), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [text, stored])  # noqa: S608  # names of our own
        return GoogleConnection.objects.get(pk=row.pk)


@pytest.mark.parametrize("text", DAMAGES)
def test_its_row_loads_and_it_does_not_open_or_show(cast: Cast, text: str) -> None:
    [row] = fleet(cast.tenant, ["1//emu-canary-1"])
    text = text.replace("KEY", row.refresh_token.kid)
    damaged = damage(row, "refresh_token", text)
    said = f"{damaged.refresh_token} {damaged.refresh_token!r}"
    [table] = [one for one in sealed_tables() if one.model is GoogleConnection]
    with tenant_scope(cast.tenant):
        with pytest.raises(SecretUnreadable) as one:
            reveal(damaged, "refresh_token")
        with pytest.raises(SecretUnreadable) as many:
            Opener(cast.tenant.pk).open(table, "refresh_token", str(row.pk), text)
    for words in (said, str(one.value), str(many.value)):
        assert PLAIN[3:12] not in words


def test_the_others_of_its_batch_are_refreshed(cast: Cast, google: EmulatorThread) -> None:
    rows = fleet(cast.tenant, granted(google, 3))
    damage(rows[1], "refresh_token", PLAIN)
    refresh_due()
    with tenant_scope(cast.tenant):
        after = GoogleConnection.objects.in_bulk()
    assert [after[row.pk].access_token is not None for row in rows] == [True, False, True]
    assert after[rows[1].pk].refresh_token.token == PLAIN


@pytest.mark.parametrize(
    "seed", ["CANARYSEED234567", "CANARYSEED.234567", "0123456789ab.CANARYSEED"]
)
def test_the_doctor_names_no_letter_of_a_seed_that_stands_there_plain(
    cast: Cast, seed: str
) -> None:
    row = Authenticator.objects.create(user=cast.owner, type="totp", data={})
    Authenticator.objects.filter(pk=row.pk).update(data={"secret": seed})
    [tried] = SecondSteps().tried()
    assert tried.why
    assert "CANARY" not in repr(tried)
