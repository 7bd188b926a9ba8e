"""Ten thousand swapped and changed ciphertexts: each is refused, by itself and in bulk."""

import base64
import random
from uuid import UUID

import pytest

from accounts.tenancy.models import Tenant
from accounts.tenancy.scope import tenant_scope
from tests.cast import Cast
from tests.rows import connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.batches import Opener
from tokens.encryption.fields import Sealed
from tokens.encryption.sealed_tables import sealed_tables
from tokens.encryption.sealing import SecretUnreadable, reveal
from tokens.encryption.services.data_keys import replace_key

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.sqlite(only=True),
    pytest.mark.timeout(600),
]

TRIES = 10_000
COLUMNS = ("refresh_token", "access_token")
Place = tuple[UUID, UUID, str]


@pytest.fixture
def secrets(cast: Cast) -> dict[Place, str]:
    """Ciphertexts by the place they belong in: two tenants, two keys each, two columns."""
    rows: list[GoogleConnection] = []
    for tenant in (cast.tenant, cast.elsewhere):
        with tenant_scope(tenant):
            rows += [connection_row(tenant, f"a{number}@gmail.example") for number in range(5)]
            replace_key(tenant.pk)
            rows += [connection_row(tenant, f"b{number}@gmail.example") for number in range(5)]
    return {
        (row.tenant_id, row.pk, column): getattr(row, column).token
        for row in rows
        for column in COLUMNS
    }


def flipped(token: str, dice: random.Random) -> str:
    """One bit of nonce, ciphertext or tag is another."""
    head, _, body = token.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(body + "=="))
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return f"{head}.{base64.urlsafe_b64encode(bytes(raw)).decode().rstrip('=')}"


def shortened(token: str, dice: random.Random) -> str:
    """The end is missing."""
    return token[: dice.randrange(60, len(token) - 1)]


def under_another_key(token: str, kids: list[str], dice: random.Random) -> str:
    """It names another key than the one that it was sealed with."""
    kid = dice.choice([kid for kid in kids if kid != token[3:15]])
    return f"{token[:3]}{kid}.{token[16:]}"


def test_each_of_ten_thousand_is_refused(secrets: dict[Place, str]) -> None:
    dice = random.Random(20)
    places = list(secrets)
    kids = sorted({token[3:15] for token in secrets.values()})
    assert len(kids) == 4
    [table] = [one for one in sealed_tables() if one.model is GoogleConnection]
    for number in range(TRIES):
        place = dice.choice(places)
        match number % 4:
            case 0:
                planted = secrets[dice.choice([one for one in places if one != place])]
            case 1:
                planted = flipped(secrets[place], dice)
            case 2:
                planted = under_another_key(secrets[place], kids, dice)
            case _:
                planted = shortened(secrets[place], dice)
        tenant, pk, column = place
        row = GoogleConnection(pk=pk, tenant_id=tenant)
        setattr(row, column, Sealed(planted))
        with tenant_scope(Tenant(pk=tenant)):
            with pytest.raises(SecretUnreadable):
                reveal(row, column)
            with pytest.raises(SecretUnreadable):
                Opener(tenant).open(table, column, str(pk), planted)


def test_each_opens_in_its_own_place(secrets: dict[Place, str]) -> None:
    for (tenant, pk, column), token in secrets.items():
        row = GoogleConnection(pk=pk, tenant_id=tenant)
        setattr(row, column, Sealed(token))
        with tenant_scope(Tenant(pk=tenant)):
            assert "canary" in reveal(row, column)
