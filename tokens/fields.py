"""Sealed secrets as columns.

A secret is sealed with its tenant's data key (AES-256-GCM) and bound to the
field, tenant and row it stands in, so that a ciphertext that is moved does not
open. `tokens.keys.seal()` and `tokens.keys.reveal()` are the only ways in and out.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.db import models

from tokens.ciphertext import Ciphertext, CiphertextField

_VERSION = "v1"
_HEAD = re.compile(_VERSION + r"\.([0-9a-f]{12})\.", re.ASCII)
_BODY = len(_VERSION) + len(".") + 12 + len(".")
# `base64.urlsafe_b64decode()` does the same in three calls; rotations do it for every secret.
_STANDARD = bytes.maketrans(b"-_", b"+/")


def packed(kid: str, raw: bytes) -> str:
    """A ciphertext, nonce first, as it is stored."""
    body = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return f"{_VERSION}.{kid}.{body}"


def unpacked(token: str) -> bytes:
    """Nonce and ciphertext of a stored one.

    Raises:
        ValueError: it is not base64.
    """
    return binascii.a2b_base64(token[_BODY:].encode().translate(_STANDARD) + b"==")


def kid_in(token: str) -> str:
    """The id of the data key that opens a stored ciphertext; empty where it is none of ours."""
    head = _HEAD.match(token)
    return head[1] if head else ""


class Sealed(Ciphertext):
    """A secret as stored: `v1.<key id>.<base64url of nonce and ciphertext>`."""

    __slots__ = ()

    shape = re.compile(r"v1\.[0-9a-f]{12}\.[A-Za-z0-9_-]{38,}", re.ASCII)

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

    @classmethod
    def of(cls, label: str, field_name: str, tenant_id: UUID | None) -> "Place":
        """The place of a field of the model `label`."""
        return cls(f"{label}|{field_name}|{tenant_id}")

    def binding(self, kid: str, pk: str) -> bytes:
        """The associated data that ties a ciphertext to this place in one row."""
        return f"{_VERSION}|{kid}|{self.name}|{pk}".encode()


def binding(instance: models.Model, field_name: str, kid: str) -> bytes:
    """The associated data that ties a ciphertext to one field of one row of one tenant.

    Raises:
        TypeError: when `field_name` is not a sealed field of `instance`.
    """
    field = instance._meta.get_field(field_name)
    if not isinstance(field, SealedTextField):
        raise TypeError(f"{field_name} of {instance._meta.label} is not a sealed field.")
    tenant_id = getattr(instance, "tenant_id", None)
    place = Place.of(instance._meta.label, field_name, tenant_id)
    return place.binding(kid, str(instance.pk))
