"""Sealed secrets as columns.

A secret is sealed with its tenant's data key (AES-256-GCM) and bound to the
field, tenant and row it stands in, so that a ciphertext that is moved does not
open. `tokens.keys.seal()` and `tokens.keys.reveal()` are the only ways in and out.
"""

import re
from typing import ClassVar
from uuid import UUID

from django.db import models

from tokens.ciphertext import Ciphertext, CiphertextField


class Sealed(Ciphertext):
    """A secret as stored: `v1.<key id>.<base64url of nonce and ciphertext>`."""

    __slots__ = ()

    shape = re.compile(r"v1\.[0-9a-f]{12}\.[A-Za-z0-9_-]{38,}", re.ASCII)

    @property
    def kid(self) -> str:
        """The id of the data key that opens it."""
        return self.token.split(".", 2)[1]

    def __str__(self) -> str:
        return f"sealed (key {self.kid})"


class SealedTextField(CiphertextField):
    """A column of `Sealed` values."""

    kind: ClassVar[type[Ciphertext]] = Sealed


def binding(instance: models.Model, field_name: str, kid: str) -> bytes:
    """The associated data that ties a ciphertext to one field of one row of one tenant.

    Raises:
        TypeError: when `field_name` is not a sealed field of `instance`.
    """
    field = instance._meta.get_field(field_name)
    if not isinstance(field, SealedTextField):
        raise TypeError(f"{field_name} of {instance._meta.label} is not a sealed field.")
    tenant_id = getattr(instance, "tenant_id", None)
    return bound_to(kid, instance._meta.label, field_name, tenant_id, str(instance.pk))


def bound_to(kid: str, label: str, field_name: str, tenant_id: UUID | None, pk: str) -> bytes:
    """The same for a row of which only this is known."""
    return f"v1|{kid}|{label}|{field_name}|{tenant_id}|{pk}".encode()
