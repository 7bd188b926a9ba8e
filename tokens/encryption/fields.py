"""Sealed secrets as columns.

A secret is sealed with its tenant's data key (AES-256-GCM) and bound to the
context of its field, to its tenant and to its row, so that a ciphertext that is moved
does not open. `seal()` and `reveal()` of
`tokens.encryption.sealing` are the only ways in and out.

What a ciphertext is bound to never changes (docs/adr/0010): `v2` binds the context, which is
frozen; `v1` bound the model and the field by the names of then, which `_FORMER` keeps.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.db import models

from tokens.encryption.ciphertext import Ciphertext, CiphertextField

_VERSION = "v2"
_HEAD = re.compile(r"v[12]\.([0-9a-f]{12})\.", re.ASCII)
_BODY = len(_VERSION) + len(".") + 12 + len(".")
# From base64url to what `binascii` reads, and the standard alphabet's own signs out of it.
_STANDARD = bytes.maketrans(b"-_+/", b"+/!!")
# By how many characters are over after the last whole four: which may stand last, so that no
# bit is left that changes nothing. One over is never whole.
_LAST = (
    frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    frozenset(b""),
    frozenset(b"AQgw"),
    frozenset(b"AEIMQUYcgkosw048"),
)
_PADDING = (b"", b"", b"==", b"=")

# What `v1` was bound to, by context: model and field as they were called when there were no
# contexts. Resealing replaces it; nothing is added here.
_FORMER = {
    "api_key.secret": "tokens.ApiKey|secret",
    "connection.access_token": "tokens.GoogleConnection|access_token",
    "connection.refresh_token": "tokens.GoogleConnection|refresh_token",
    "oauth_client.secret": "tokens.ClientSecret|secret",
    "oauth_flow.code_verifier": "tokens.Authorization|code_verifier",
    "revocation.token": "tokens.Revocation|token",
    "service_account_key.private_key": "tokens.ServiceAccountKey|private_key",
}


def packed(kid: str, raw: bytes) -> str:
    """A ciphertext, nonce first, as it is stored."""
    body = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return f"{_VERSION}.{kid}.{body}"


def unpacked(token: str) -> bytes:
    """Nonce and ciphertext of a stored one.

    Raises:
        ValueError: it is not base64url to the last bit: something was added, lost or changed.
    """
    body = token[_BODY:].encode()
    over = len(body) & 3
    if not body or body[-1] not in _LAST[over]:
        raise ValueError("not whole")
    return binascii.a2b_base64(body.translate(_STANDARD) + _PADDING[over], strict_mode=True)


def kid_in(token: str) -> str:
    """The id of the data key that opens a stored ciphertext; empty where it is none of ours."""
    head = _HEAD.match(token)
    return head[1] if head else ""


def current_head(kid: str) -> str:
    """How every ciphertext begins that is sealed with the key `kid` as secrets are sealed now."""
    return f"{_VERSION}.{kid}."


class Sealed(Ciphertext):
    """A secret as stored: `v2.<key id>.<base64url of nonce and ciphertext>`."""

    __slots__ = ()

    shape = re.compile(r"v[12]\.[0-9a-f]{12}\.[A-Za-z0-9_-]{38,}", re.ASCII)

    @property
    def kid(self) -> str:
        """The id of the data key that opens it; empty where it was damaged."""
        return kid_in(self.token)

    def __str__(self) -> str:
        return f"sealed (key {self.kid})" if self.kid else "damaged"


class SealedTextField(CiphertextField):
    """A column of `Sealed` values."""

    kind: ClassVar[type[Ciphertext]] = Sealed


@dataclass(frozen=True, slots=True)
class Place:
    """A sealed column in the rows of one tenant: the part of a binding that they share."""

    name: str
    former: str

    @classmethod
    def of(cls, context: str, tenant_id: UUID | None) -> "Place":
        """The place of the column with `context`."""
        return cls(f"{context}|{tenant_id}", f"{_FORMER.get(context, '')}|{tenant_id}")

    def binding(self, token: str, pk: str) -> bytes:
        """The associated data that ties a stored ciphertext, or its head, to one row."""
        # Rotations ask this twice for every secret.
        if token[1:2] == "2":
            return f"v2|{token[3:15]}|{self.name}|{pk}".encode()
        return f"v1|{token[3:15]}|{self.former}|{pk}".encode()


def binding(instance: models.Model, field_name: str, token: str) -> bytes:
    """The associated data that ties a ciphertext to one field of one row of one tenant.

    `token` is the ciphertext, or its head (see `current_head`).

    Raises:
        TypeError: when `field_name` is not a sealed field of `instance`.
    """
    field = instance._meta.get_field(field_name)
    if not isinstance(field, SealedTextField) or not field.context:
        raise TypeError(f"{field_name} of {instance._meta.label} is not a sealed field.")
    place = Place.of(field.context, getattr(instance, "tenant_id", None))
    return place.binding(token, str(instance.pk))
