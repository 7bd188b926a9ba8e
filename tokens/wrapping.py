"""Key-encryption keys: they wrap tenants' data keys, and the few secrets that no tenant has.

The ring is `FIELD_ENCRYPTION_KEY`, read through django-encrypted-model-fields.
Unlike that package's own fields, what cannot be decrypted raises, a wrapped key
opens only as the key of its own tenant, and each key of the ring is known by an
id, so that it can be said which one wraps what, and which one is missing.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from encrypted_model_fields.fields import EncryptedMixin

from tokens.ciphertext import Ciphertext, CiphertextField


class WrongKey(Exception):
    """A wrapped data key does not open: it was tampered with, or belongs to somebody else."""


class KeyMissing(Exception):
    """The key-encryption key that is needed is not in the ring."""


class WrappedKey(Ciphertext):
    """A data key as stored: a Fernet token."""

    __slots__ = ()

    shape = re.compile(r"gAAAAA[A-Za-z0-9_=-]{60,}", re.ASCII)

    def __str__(self) -> str:
        return "wrapped key"


class WrappedKeyField(CiphertextField, EncryptedMixin):  # type: ignore[misc]  # untyped package
    """A column of wrapped data keys.

    `CiphertextField` comes first, so that nothing of the package's own
    conversions is reached.
    """

    kind: ClassVar[type[Ciphertext]] = WrappedKey


@dataclass(frozen=True, slots=True)
class RingKey:
    """One key of the ring: what it is known by, what proves that it is the same, its cipher."""

    kid: str
    check_value: str
    cipher: Fernet

    def __repr__(self) -> str:
        return f"<master key {self.kid}>"


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> dict[str, RingKey]:
    return {one.kid: one for one in map(_ring_key, keys)}


def _ring_key(key: str) -> RingKey:
    raw = base64.urlsafe_b64decode(key)
    kid, check = (
        hmac.new(raw, purpose, hashlib.sha256).hexdigest()
        for purpose in (b"portal: id of a key-encryption key", b"portal: check value")
    )
    return RingKey(kid[:12], check[:32], Fernet(key))


def key_ring() -> dict[str, RingKey]:
    """The keys in the settings as they are now, by id, newest first; empty when there is none."""
    return {} if settings.SECRETS_SEALED else _ring(tuple(settings.FIELD_ENCRYPTION_KEY))


def wrap(data_key: bytes, owner: str, kid: str) -> WrappedKey:
    """Wrap `data_key` for `owner` with the key `kid` of the ring.

    Raises:
        KeyMissing: the ring does not hold that key.
    """
    plaintext = owner.encode() + b"|" + base64.b64encode(data_key)
    return WrappedKey(_cipher(kid).encrypt(plaintext).decode())


def unwrap(wrapped: WrappedKey, owner: str, kid: str) -> bytes:
    """The data key, if it was wrapped for `owner` with the key `kid` of the ring.

    Raises:
        KeyMissing: the ring does not hold that key.
        WrongKey: it does not open, or was wrapped for somebody else.
    """
    try:
        plaintext = _cipher(kid).decrypt(wrapped.token.encode())
    except InvalidToken as error:
        if not kid:
            raise KeyMissing("No key in FIELD_ENCRYPTION_KEY opens this data key.") from error
        raise WrongKey(f"Master key {kid} does not open this data key.") from error
    found, _, encoded = plaintext.rpartition(b"|")
    if found != owner.encode():
        raise WrongKey("This data key was wrapped for another tenant.")
    return base64.b64decode(encoded)


def _cipher(kid: str) -> Fernet | MultiFernet:
    ring = key_ring()
    if kid == "" and ring:
        return MultiFernet([key.cipher for key in ring.values()])
    key = ring.get(kid)
    if key is None:
        raise KeyMissing(f"Master key {kid} is not in FIELD_ENCRYPTION_KEY.")
    return key.cipher
