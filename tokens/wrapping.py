"""Key-encryption keys: they wrap tenants' data keys, and nothing else.

The ring is `FIELD_ENCRYPTION_KEY`, newest first, read through
django-encrypted-model-fields. Unlike that package's own fields, what cannot be
decrypted raises, and a wrapped key opens only as the key of its own tenant.
"""

import base64
import re
from functools import lru_cache
from typing import ClassVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from encrypted_model_fields.fields import EncryptedMixin

from tokens.ciphertext import Ciphertext, CiphertextField


class WrongKey(Exception):
    """A wrapped data key could not be opened with any key of the ring."""


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


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def key_ring() -> MultiFernet:
    """The ring of the keys in the settings as they are now, newest first."""
    return _ring(tuple(settings.FIELD_ENCRYPTION_KEY))


def wrap(data_key: bytes, owner: str) -> WrappedKey:
    """Wrap `data_key` for `owner`, with the newest key of the ring."""
    plaintext = owner.encode() + b"|" + base64.b64encode(data_key)
    return WrappedKey(key_ring().encrypt(plaintext).decode())


def unwrap(wrapped: WrappedKey, owner: str) -> bytes:
    """The data key, if it was wrapped for `owner`.

    Raises:
        WrongKey: no key of the ring opens it, or it was wrapped for somebody else.
    """
    try:
        plaintext = key_ring().decrypt(wrapped.token.encode())
    except InvalidToken as error:
        raise WrongKey("No key in FIELD_ENCRYPTION_KEY opens this data key.") from error
    found, _, encoded = plaintext.rpartition(b"|")
    if found != owner.encode():
        raise WrongKey("This data key was wrapped for another tenant.")
    return base64.b64decode(encoded)
