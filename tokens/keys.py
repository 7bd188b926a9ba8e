"""Sealing and revealing: the only code that sees a secret in plaintext.

Data keys are unwrapped on first use and kept for a few minutes, so that reading
a secret costs one AES-GCM call and no query (reliability.md §3.1, §2.5).
"""

import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, models, transaction

from accounts.audit import by_worker, record
from tokens.events import Event
from tokens.fields import Sealed, binding, packed, unpacked
from tokens.models.tenant_key import KeyState, TenantKey
from tokens.standing import PortalSealed, active_master
from tokens.wrapping import KeyMissing, WrongKey, unwrap, wrap

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
_counting = threading.Lock()
_sealings: Counter[tuple[UUID, str]] = Counter()


def _nonces() -> Iterator[bytes]:
    """Random nonces, fetched from the system many at once: each fetch lets other threads in."""
    size = 1
    while True:
        noise = os.urandom(size * _NONCE_BYTES)
        yield from (noise[at : at + _NONCE_BYTES] for at in range(0, len(noise), _NONCE_BYTES))
        size = min(256, size * 4)


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals with the key that is active for one tenant now; for many secrets at once."""

    tenant_id: UUID
    kid: str
    cipher: AESGCM
    nonces: Iterator[bytes] = field(default_factory=_nonces, repr=False)

    @classmethod
    def of(cls, tenant_id: UUID) -> "Sealer":
        """A sealer for `tenant_id`. Use it for one batch and let go of it: keys are rotated.

        Raises:
            PortalSealed: a master key is missing, so nothing can be kept.
            SecretUnreadable: the tenant's keys were destroyed; it gets no new ones.
        """
        row = _active_row(tenant_id) or _first_key(tenant_id)
        return cls(tenant_id, row.kid, _cipher_of(row))

    def seal(self, instance: models.Model, field_name: str, plaintext: str) -> None:
        """Put `plaintext` into a sealed field of `instance`, without saving it.

        Raises:
            TypeError: the field is not a sealed one, or the row is another tenant's.
        """
        if getattr(instance, "tenant_id", None) != self.tenant_id:
            raise TypeError(f"{instance._meta.label} belongs to another tenant than this sealer.")
        nonce = next(self.nonces)
        bound_to = binding(instance, field_name, self.kid)
        sealed = self.cipher.encrypt(nonce, plaintext.encode(), bound_to)
        count_sealings(self.tenant_id, self.kid, 1)
        setattr(instance, field_name, Sealed(packed(self.kid, nonce + sealed)))


def seal(instance: models.Model, field_name: str, plaintext: str) -> None:
    """Put `plaintext` into a sealed field of `instance`, without saving it.

    Raises:
        PortalSealed: a master key is missing, so nothing can be kept.
        TypeError: the field is not a sealed one, or the row has no tenant.
    """
    tenant_id: UUID | None = getattr(instance, "tenant_id", None)
    if tenant_id is None:
        raise TypeError(f"{instance._meta.label} has no tenant to seal a secret for.")
    Sealer.of(tenant_id).seal(instance, field_name, plaintext)


def reveal(instance: models.Model, field_name: str) -> str:
    """The plaintext of a sealed field.

    Raises:
        PortalSealed: a master key is missing; the secret itself may be well.
        SecretUnreadable: there is none, its key is destroyed or wrong, or the
            ciphertext was changed or belongs to another row, field or tenant.
    """
    value = getattr(instance, field_name)
    if not isinstance(value, Sealed):
        raise SecretUnreadable(f"{field_name} of {instance._meta.label} holds no secret.")
    bound_to = binding(instance, field_name, value.kid)
    cipher = opening_key(value.kid)
    try:
        raw = unpacked(value.token)
        return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to).decode()
    except (InvalidTag, ValueError) as error:
        raise SecretUnreadable(
            f"{field_name} of {instance._meta.label} does not open with key {value.kid}."
        ) from error


def check_keys(tenant_id: UUID) -> int:
    """Unwrap every data key of a tenant anew and throw it away; returns how many there are.

    Raises:
        PortalSealed: a master key is missing.
        SecretUnreadable: one does not open.
    """
    rows = TenantKey._base_manager.filter(tenant_id=tenant_id).exclude(state=KeyState.DESTROYED)
    for row in rows:
        _unwrapped(row)
    return len(rows)


def new_key(tenant_id: UUID, *, version: int) -> TenantKey:
    """Make the tenant's next data key, which seals from now on.

    Raises:
        PortalSealed: the master key that would wrap it is missing.
    """
    master = active_master().kid
    wrapped = wrap(secrets.token_bytes(32), str(tenant_id), master)
    try:
        with transaction.atomic():
            row = TenantKey._base_manager.create(
                tenant_id=tenant_id, version=version, wrapped=wrapped, wrapped_by=master
            )
            record(Event.TENANT_KEY_CREATED, by_worker(), target=row, tenant_id=tenant_id)
    except IntegrityError:
        # Another process made the same key in the same moment.
        return TenantKey._base_manager.get(tenant_id=tenant_id, state=KeyState.ACTIVE)
    return row


def count_sealings(tenant_id: UUID, kid: str, many: int) -> None:
    """Remember that so many secrets were sealed; `counted_sealings()` hands it over."""
    with _counting:
        _sealings[tenant_id, kid] += many


def counted_sealings() -> dict[tuple[UUID, str], int]:
    """What this process has sealed since the last call, by tenant and key id."""
    with _counting:
        counted = dict(_sealings)
        _sealings.clear()
    return counted


def forget_keys() -> None:
    """Let go of every unwrapped data key that this process holds."""
    _data_keys.entries.clear()


def _active_row(tenant_id: UUID) -> TenantKey | None:
    return TenantKey._base_manager.filter(tenant_id=tenant_id, state=KeyState.ACTIVE).first()


def _first_key(tenant_id: UUID) -> TenantKey:
    if TenantKey._base_manager.filter(tenant_id=tenant_id, state=KeyState.DESTROYED).exists():
        raise SecretUnreadable("The keys of this organisation were destroyed with its deletion.")
    return new_key(tenant_id, version=1)


def opening_key(kid: str) -> AESGCM:
    """The unwrapped data key `kid`.

    Raises:
        PortalSealed: a master key is missing.
        SecretUnreadable: there is no such key any more, or it does not open; or `kid` is
            empty, because a ciphertext was damaged (see `kid_in`).
    """
    if not kid:
        raise SecretUnreadable("What is stored is no ciphertext of the portal's: it was damaged.")
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
    cipher = AESGCM(_unwrapped(row))
    # A key made in a transaction that is rolled back must not outlive it here.
    transaction.on_commit(lambda: _data_keys.put(row.kid, cipher))
    return cipher


def _unwrapped(row: TenantKey) -> bytes:
    if row.wrapped is None:
        raise SecretUnreadable(f"Key {row.kid} was destroyed: its secrets are gone for good.")
    try:
        return unwrap(row.wrapped, str(row.tenant_id), row.wrapped_by)
    except KeyMissing as error:
        raise PortalSealed(str(error)) from error
    except WrongKey as error:
        raise SecretUnreadable(f"Key {row.kid}: {error}") from error
