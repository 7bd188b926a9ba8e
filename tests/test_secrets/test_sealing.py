"""A sealed secret opens in its own place, with its own key, and nowhere else."""

import base64
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.rows import ACCESS, REFRESH, connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.availability import PortalSealed
from tokens.encryption.fields import Sealed
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealing import Sealer, SecretUnreadable, reveal, seal

pytestmark = pytest.mark.django_db


def test_a_secret_comes_back_as_it_went_in(cast: Cast) -> None:
    row = GoogleConnection._base_manager.get(pk=connection_row(cast.tenant).pk)
    assert reveal(row, "refresh_token") == REFRESH
    assert reveal(row, "access_token") == ACCESS


def test_the_column_holds_no_plaintext_and_names_its_key(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    stored = GoogleConnection._base_manager.values_list("refresh_token", flat=True).get(pk=row.pk)
    key = TenantKey._base_manager.get(tenant=cast.tenant)
    assert isinstance(stored, Sealed)
    assert REFRESH not in stored.token
    assert stored.token.startswith(f"v2.{key.kid}.")


def test_sealing_the_same_secret_twice_gives_two_ciphertexts(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    first = row.refresh_token
    seal(row, "refresh_token", REFRESH)
    assert row.refresh_token != first
    assert reveal(row, "refresh_token") == REFRESH


def test_what_is_shown_of_a_secret_is_its_key_only(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    shown = f"{row.refresh_token} {row.refresh_token!r}"
    assert shown == f"sealed (key {row.refresh_token.kid}) <sealed (key {row.refresh_token.kid})>"


def test_a_ciphertext_of_another_row_does_not_open(cast: Cast) -> None:
    mine = connection_row(cast.tenant)
    other = connection_row(cast.tenant, "shop@gmail.example")
    mine.refresh_token = other.refresh_token
    with pytest.raises(SecretUnreadable):
        reveal(mine, "refresh_token")


def test_a_ciphertext_of_another_field_does_not_open(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    row.refresh_token = row.access_token
    with pytest.raises(SecretUnreadable):
        reveal(row, "refresh_token")


def test_a_ciphertext_of_another_tenant_does_not_open(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    row.tenant = cast.elsewhere
    with pytest.raises(SecretUnreadable):
        reveal(row, "refresh_token")


def test_a_wrong_key_encryption_key_raises_and_never_hands_out_ciphertext(
    cast: Cast, settings: Any
) -> None:
    row = connection_row(cast.tenant)
    settings.FIELD_ENCRYPTION_KEY = [base64.urlsafe_b64encode(b"x" * 32).decode()]
    with pytest.raises(PortalSealed, match="is not in FIELD_ENCRYPTION_KEY"):
        reveal(row, "refresh_token")


def test_an_old_key_behind_a_new_one_still_opens(cast: Cast, settings: Any) -> None:
    row = connection_row(cast.tenant)
    new = base64.urlsafe_b64encode(b"n" * 32).decode()
    settings.FIELD_ENCRYPTION_KEY = [new, *settings.FIELD_ENCRYPTION_KEY]
    assert reveal(row, "refresh_token") == REFRESH


def test_a_data_key_of_another_tenant_does_not_open(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    connection_row(cast.elsewhere)
    mine = TenantKey._base_manager.get(tenant=cast.tenant)
    theirs = TenantKey._base_manager.get(tenant=cast.elsewhere)
    TenantKey._base_manager.filter(pk=mine.pk).update(wrapped=theirs.wrapped)
    with pytest.raises(SecretUnreadable):
        reveal(row, "refresh_token")


def test_a_secret_whose_key_is_destroyed_is_gone(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    TenantKey._base_manager.filter(tenant=cast.tenant).delete()
    with pytest.raises(SecretUnreadable):
        reveal(row, "refresh_token")


def test_a_sealer_of_one_tenant_seals_nothing_of_another(cast: Cast) -> None:
    mine, theirs = connection_row(cast.tenant), connection_row(cast.elsewhere)
    sealer = Sealer.of(cast.tenant.pk)
    sealer.seal(mine, "access_token", "ya29.emu-canary-other")
    assert reveal(mine, "access_token") == "ya29.emu-canary-other"
    with pytest.raises(TypeError):
        sealer.seal(theirs, "access_token", "ya29.emu-canary-other")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_ciphertext_opens(cast: Cast, data: st.DataObject) -> None:
    row = GoogleConnection._base_manager.filter(email="bits@gmail.example").first()
    row = row or connection_row(cast.tenant, "bits@gmail.example")
    head, _, body = row.refresh_token.token.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(body + "=="))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= 1 << data.draw(st.integers(0, 7))
    changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    row.refresh_token = Sealed(f"{head}.{changed}")
    with pytest.raises(SecretUnreadable):
        reveal(row, "refresh_token")
