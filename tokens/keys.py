"""Sealing and revealing: the only code that sees a secret in plaintext.

Data keys are unwrapped on first use and kept for a few minutes, so that reading
a secret costs one AES-GCM call and no query (reliability.md §3.1, §2.5).
"""

import base64
import binascii
import os
import secrets
import time
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, models, transaction

from accounts.audit import by_worker, record
from tokens.events import Event
from tokens.fields import Sealed, binding
from tokens.models.tenant_key import KeyState, TenantKey
from tokens.wrapping import WrongKey, unwrap, wrap

_NONCE_BYTES = 12
_CACHE_SECONDS = 300.0
_CACHE_SIZE = 2_000


class SecretUnreadable(Exception):
    """A sealed secret cannot be opened: its key is gone or wrong, or it was tampered with."""


@dataclass(slots=True)
class _DataKeys:
    """Unwrapped data keys by key id, for a short while."""

    entries: dict[str, tuple[float, AESGCM]] = field(default_factory=dict)

    def get(self, kid: str) -> AESGCM | None:
        until, cipher = self.entries.get(kid, (0.0, None))
        return cipher if until > time.monotonic() else None

    def put(self, kid: str, cipher: AESGCM) -> None:
        if len(self.entries) >= _CACHE_SIZE:
            self.entries.pop(next(iter(self.entries)), None)
        self.entries[kid] = (time.monotonic() + _CACHE_SECONDS, cipher)


_data_keys = _DataKeys()


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals with the key that is active for one tenant now; for many secrets at once."""

    tenant_id: UUID
    kid: str
    cipher: AESGCM

    @classmethod
    def of(cls, tenant_id: UUID) -> "Sealer":
        """A sealer for `tenant_id`. Use it for one batch and let go of it: keys are rotated."""
        row = _active_row(tenant_id) or _first_key(tenant_id)
        return cls(tenant_id, row.kid, _cipher_of(row))

    def seal(self, instance: models.Model, field_name: str, plaintext: str) -> None:
        """Put `plaintext` into a sealed field of `instance`, without saving it.

        Raises:
            TypeError: the field is not a sealed one, or the row is another tenant's.
        """
        if getattr(instance, "tenant_id", None) != self.tenant_id:
            raise TypeError(f"{instance._meta.label} belongs to another tenant than this sealer.")
        nonce = os.urandom(_NONCE_BYTES)
        bound_to = binding(instance, field_name, self.kid)
        sealed = self.cipher.encrypt(nonce, plaintext.encode(), bound_to)
        token = base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")
        setattr(instance, field_name, Sealed(f"v1.{self.kid}.{token}"))


def seal(instance: models.Model, field_name: str, plaintext: str) -> None:
    """Put `plaintext` into a sealed field of `instance`, without saving it.

    Raises:
        TypeError: the field is not a sealed one, or the row has no tenant.
    """
    tenant_id: UUID | None = getattr(instance, "tenant_id", None)
    if tenant_id is None:
        raise TypeError(f"{instance._meta.label} has no tenant to seal a secret for.")
    Sealer.of(tenant_id).seal(instance, field_name, plaintext)


def reveal(instance: models.Model, field_name: str) -> str:
    """The plaintext of a sealed field.

    Raises:
        SecretUnreadable: there is none, its key is missing or wrong, or the
            ciphertext was changed or belongs to another row, field or tenant.
    """
    value = getattr(instance, field_name)
    if not isinstance(value, Sealed):
        raise SecretUnreadable(f"{field_name} of {instance._meta.label} holds no secret.")
    bound_to = binding(instance, field_name, value.kid)
    cipher = _opening_key(value.kid)
    try:
        raw = base64.urlsafe_b64decode(value.token.rpartition(".")[2] + "==")
        return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to).decode()
    except (InvalidTag, binascii.Error) as error:
        raise SecretUnreadable(
            f"{field_name} of {instance._meta.label} does not open with key {value.kid}."
        ) from error


def check_keys(tenant_id: UUID) -> int:
    """Unwrap every data key of a tenant anew and throw it away; returns how many there are.

    Raises:
        SecretUnreadable: one does not open with any key-encryption key of the settings.
    """
    rows = TenantKey._base_manager.filter(tenant_id=tenant_id)
    for row in rows:
        try:
            unwrap(row.wrapped, str(tenant_id))
        except WrongKey as error:
            raise SecretUnreadable(f"Key {row.kid}: {error}") from error
    return len(rows)


def _active_row(tenant_id: UUID) -> TenantKey | None:
    return TenantKey._base_manager.filter(tenant_id=tenant_id, state=KeyState.ACTIVE).first()


def _first_key(tenant_id: UUID) -> TenantKey:
    wrapped = wrap(secrets.token_bytes(32), str(tenant_id))
    try:
        with transaction.atomic():
            row = TenantKey._base_manager.create(tenant_id=tenant_id, version=1, wrapped=wrapped)
            record(Event.TENANT_KEY_CREATED, by_worker(), target=row, tenant_id=tenant_id)
    except IntegrityError:
        # Another process made the tenant's first key in the same moment.
        return TenantKey._base_manager.get(tenant_id=tenant_id, state=KeyState.ACTIVE)
    return row


def _opening_key(kid: str) -> AESGCM:
    cached = _data_keys.get(kid)
    if cached is not None:
        return cached
    row = TenantKey._base_manager.filter(kid=kid).first()
    if row is None:
        raise SecretUnreadable(f"Key {kid} does not exist: its secrets are gone for good.")
    return _cipher_of(row)


def _cipher_of(row: TenantKey) -> AESGCM:
    cached = _data_keys.get(row.kid)
    if cached is not None:
        return cached
    try:
        cipher = AESGCM(unwrap(row.wrapped, str(row.tenant_id)))
    except WrongKey as error:
        raise SecretUnreadable(str(error)) from error
    # A key made in a transaction that is rolled back must not outlive it here.
    transaction.on_commit(lambda: _data_keys.put(row.kid, cipher))
    return cipher
