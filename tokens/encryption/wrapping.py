"""Key-encryption keys: they wrap tenants' data keys, and the few secrets that no tenant has.

The ring is `FIELD_ENCRYPTION_KEY`, read through django-encrypted-model-fields.
Unlike that package's own fields, what cannot be decrypted raises, a wrapped key
opens only as the key of its own tenant, and each key of the ring is known by an
id, so that it can be said which one wraps what, and which one is missing.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, TypeVar, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import CharField, Model, QuerySet
from django.db.models.functions import Substr
from encrypted_model_fields.fields import EncryptedMixin

from tokens.encryption.ciphertext import Ciphertext, CiphertextField

M = TypeVar("M", bound=Model)
_VERSION = "v2."


class WrongKey(Exception):
    """A wrapped data key does not open: it was tampered with, or belongs to somebody else."""


class KeyMissing(Exception):
    """The key-encryption key that is needed is not in the ring."""


class WrappedKey(Ciphertext):
    """A data key, or another secret that no tenant has, as stored: `v2.` and a Fernet token.

    Without `v2.` it is bound as all were before there were contexts (see `Owner`).
    """

    __slots__ = ()

    shape = re.compile(r"(v2\.)?gAAAAA[A-Za-z0-9_-]{60,}={0,2}", re.ASCII)

    @property
    def is_former(self) -> bool:
        """Whether it is bound as it was before contexts."""
        return not self.token.startswith(_VERSION)

    def __str__(self) -> str:
        return "wrapped key"


class WrappedKeyField(CiphertextField, EncryptedMixin):  # type: ignore[misc]  # untyped package
    """A column of wrapped data keys.

    `CiphertextField` comes first, so that nothing of the package's own
    conversions is reached.
    """

    kind: ClassVar[type[Ciphertext]] = WrappedKey


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a wrapped secret is bound to: it opens for nobody else.

    `name` begins with the context of its column, a frozen string; `former` is the name
    by which it was bound before there were contexts. Rewrapping replaces the former.
    """

    name: str
    former: str


def not_wrapped_by(rows: "QuerySet[M]", column: str, kid: str) -> "QuerySet[M]":
    """Those of `rows`, with a `column` and its `wrapped_by`, that are to be wrapped with `kid`.

    Another key wraps them, or they are bound formerly.
    """
    head = Substr(column, 1, len(_VERSION), output_field=CharField())
    # Annotated rows are of the same type; the stubs make another of them.
    return cast("QuerySet[M]", rows.annotate(head=head).exclude(wrapped_by=kid, head=_VERSION))


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


def wrap(secret: bytes, owner: Owner, kid: str) -> WrappedKey:
    """Wrap `secret` for `owner` with the key `kid` of the ring.

    Raises:
        KeyMissing: the ring does not hold that key.
    """
    plaintext = owner.name.encode() + b"|" + base64.b64encode(secret)
    return WrappedKey(_VERSION + _cipher(kid).encrypt(plaintext).decode())


def unwrap(wrapped: WrappedKey, owner: Owner, kid: str) -> bytes:
    """The secret, if it was wrapped for `owner` with the key `kid` of the ring.

    Raises:
        KeyMissing: the ring does not hold that key.
        WrongKey: it does not open, was changed, or was wrapped for somebody else.
    """
    cipher = _cipher(kid)
    try:
        plaintext = cipher.decrypt(_fernet_token(wrapped))
    except InvalidToken as error:
        if not kid:
            raise KeyMissing("No key in FIELD_ENCRYPTION_KEY opens this data key.") from error
        raise WrongKey(f"It does not open with master key {kid}.") from error
    found, _, encoded = plaintext.rpartition(b"|")
    expected = owner.former if wrapped.is_former else owner.name
    if found != expected.encode():
        raise WrongKey("It was wrapped for somebody else.")
    return base64.b64decode(encoded)


def _fernet_token(wrapped: WrappedKey) -> bytes:
    """What Fernet gets to see. It would itself leave out what is not base64, wherever it stands.

    Raises:
        WrongKey: there is more in it, or less, than the portal has written.
    """
    if not WrappedKey.shape.fullmatch(wrapped.token):
        raise WrongKey("What is stored is nothing that the portal has wrapped: it was damaged.")
    token = wrapped.token.removeprefix(_VERSION).encode()
    try:
        is_whole = base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)) == token
    except binascii.Error:
        is_whole = False
    if not is_whole:
        raise WrongKey("What is stored is not whole: it was damaged.")
    return token


def _cipher(kid: str) -> Fernet | MultiFernet:
    ring = key_ring()
    if kid == "" and ring:
        return MultiFernet([key.cipher for key in ring.values()])
    key = ring.get(kid)
    if key is None:
        raise KeyMissing(f"Master key {kid} is not in FIELD_ENCRYPTION_KEY.")
    return key.cipher
