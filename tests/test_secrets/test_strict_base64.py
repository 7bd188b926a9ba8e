"""A ciphertext is one text: nothing can be put to it, or taken away, that would not be noticed."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

from tests.cast import Cast
from tests.rows import connection_row
from tokens.connections.models.connection import GoogleConnection
from tokens.encryption.batches import Opener
from tokens.encryption.fields import Sealed
from tokens.encryption.models.tenant_key import TenantKey
from tokens.encryption.sealed_tables import sealed_tables
from tokens.encryption.sealing import SecretUnreadable, reveal, seal
from tokens.encryption.wrapping import WrappedKey, WrongKey, unwrap

pytestmark = pytest.mark.django_db
ADDED = ["!", "=", "==", "\n", " ", "!!!!", ".", "é", "\x00", "A", "AAAA", "+", "/", "%"]


def variants(token: str) -> list[str]:
    """What somebody makes of a ciphertext without changing what a lenient reader reads."""
    middle = len(token) // 2 + 8
    added = [f"{token}{one}" for one in ADDED]
    inside = [f"{token[:middle]}{one}{token[middle:]}" for one in ("!", "=", "\n", " ", "é")]
    return [*added, *inside, token[:-1], token.replace("-", "+").replace("_", "/") + "!"]


def in_the_last_bits(token: str) -> list[str]:
    """Other letters at the end that differ only in bits that stand for nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return [token[:-1] + letter for letter in alphabet if letter != token[-1]]


def test_a_sealed_secret_is_taken_as_it_is_or_not_at_all(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    token = row.refresh_token.token
    [table] = [one for one in sealed_tables() if one.model is GoogleConnection]
    for changed in [*variants(token), *in_the_last_bits(token)]:
        row.refresh_token = Sealed(changed)
        with pytest.raises(SecretUnreadable):
            reveal(row, "refresh_token")
        with pytest.raises(SecretUnreadable):
            Opener(cast.tenant.pk).open(table, "refresh_token", str(row.pk), changed)


def test_the_letters_of_the_other_alphabet_are_not_taken(cast: Cast) -> None:
    row = connection_row(cast.tenant)
    tried = 0
    while tried < 2:
        seal(row, "refresh_token", "1//emu-canary-1")
        token = row.refresh_token.token
        for ours, other in (("-", "+"), ("_", "/")):
            if ours in token:
                tried += 1
                row.refresh_token = Sealed(token.replace(ours, other))
                with pytest.raises(SecretUnreadable):
                    reveal(row, "refresh_token")


def test_a_wrapped_key_is_taken_as_it_is_or_not_at_all(cast: Cast) -> None:
    connection_row(cast.tenant)
    row = TenantKey._base_manager.get(tenant=cast.tenant)
    bare = row.wrapped.token
    assert unwrap(row.wrapped, row.owner, row.wrapped_by)
    # Its last letters are of padding and full bytes: only whole texts are compared here.
    for changed in variants(bare):
        with pytest.raises(WrongKey):
            unwrap(WrappedKey(changed), row.owner, row.wrapped_by)


def test_a_second_step_is_taken_as_it_is_or_not_at_all(cast: Cast) -> None:
    RecoveryCodes.activate(cast.owner)
    row = Authenticator.objects.get()
    assert RecoveryCodes(row).generate_codes()
    for changed in variants(row.data["seed"]):
        if "\x00" in changed:
            continue
        Authenticator.objects.filter(pk=row.pk).update(data={**row.data, "seed": changed})
        with pytest.raises(WrongKey):
            RecoveryCodes(Authenticator.objects.get()).generate_codes()
