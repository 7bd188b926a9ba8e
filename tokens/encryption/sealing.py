"""Sealing and revealing: the only code that sees a secret in plaintext.

Data keys are unwrapped on first use and kept for a few minutes, so that reading
a secret costs one AES-GCM call and no query (reliability.md §3.1, §2.5).
"""

import os
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models, transaction

from accounts.audit.recording import by_worker, record
from accounts.tenancy.models import Tenant
from accounts.values.expiring_cache import ExpiringCache
from tokens.encryption.availability import PortalSealed, wrapping_master
from tokens.encryption.fields import Sealed, binding, current_head, packed, unpacked
from tokens.encryption.models.master_key import MasterKey
from tokens.encryption.models.tenant_key import KeyState, TenantKey
from tokens.encryption.wrapping import KeyMissing, WrongKey, unwrap, wrap
from tokens.events import Event

_NONCE_BYTES = 12
_CACHE_SECONDS = 300.0
_CACHE_SIZE = 2_000


class SecretUnreadable(Exception):
    """A sealed secret cannot be opened: its key is gone or wrong, or it was tampered with."""


# Unwrapped data keys by key id.
_data_keys: ExpiringCache[str, AESGCM] = ExpiringCache(_CACHE_SIZE)
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
        row = _active_row(tenant_id) or new_key(tenant_id)
        return cls(tenant_id, row.kid, _cipher_of(row))

    def seal(self, instance: models.Model, field_name: str, plaintext: str) -> None:
        """Put `plaintext` into a sealed field of `instance`, without saving it.

        Raises:
            TypeError: the field is not a sealed one, or the row is another tenant's.
        """
        if getattr(instance, "tenant_id", None) != self.tenant_id:
            raise TypeError(f"{instance._meta.label} belongs to another tenant than this sealer.")
        nonce = next(self.nonces)
        bound_to = binding(instance, field_name, current_head(self.kid))
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
    bound_to = binding(instance, field_name, value.token)
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


@transaction.atomic
def new_key(tenant_id: UUID) -> TenantKey:
    """Make the tenant's next data key, which seals from now on, unless somebody just did.

    Raises:
        PortalSealed: the master key that would wrap it is missing.
        SecretUnreadable: the tenant's keys were destroyed; it gets no new ones.
    """
    master = lock_for_new_key(tenant_id)
    made = _active_row(tenant_id)
    if made is not None:
        return made
    last = TenantKey._base_manager.filter(tenant_id=tenant_id).order_by("version").last()
    row = TenantKey(tenant_id=tenant_id, version=last.version + 1 if last else 1)
    row.wrapped_by = master
    row.wrapped = wrap(secrets.token_bytes(32), row.owner, master)
    row.save(force_insert=True)
    record(Event.TENANT_KEY_CREATED, by_worker(), target=row, tenant_id=tenant_id)
    return row


def lock_for_new_key(tenant_id: UUID) -> str:
    """The id of the master key that is to wrap it; nobody retires that key or erases the tenant.

    Until the caller's transaction ends; in the order of `wrapping_master`.

    Raises:
        PortalSealed: the master key is missing.
        SecretUnreadable: the tenant's keys were destroyed, or it is gone.
    """
    master = wrapping_master().kid
    held = Tenant.objects.select_for_update(no_key=True).filter(pk=tenant_id, erased_at=None)
    if not held.exists():
        raise SecretUnreadable("The keys of this organisation were destroyed with its deletion.")
    return master


def opens(row: TenantKey) -> bool:
    """Whether a data key opens with the master keys that are here."""
    try:
        _cipher_of(row)
    except (PortalSealed, SecretUnreadable):
        return False
    return True


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
    _data_keys.forget()


def _active_row(tenant_id: UUID) -> TenantKey | None:
    return TenantKey._base_manager.filter(tenant_id=tenant_id, state=KeyState.ACTIVE).first()


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
    try:
        cipher = AESGCM(_unwrapped(row))
    except ValueError as error:
        raise SecretUnreadable(f"Key {row.kid} has not the length of a key.") from error
    # A key made in a transaction that is rolled back must not outlive it here.
    transaction.on_commit(lambda: _data_keys.put(row.kid, cipher, seconds=_CACHE_SECONDS))
    return cipher


def _unwrapped(row: TenantKey) -> bytes:
    if row.wrapped is None:
        raise SecretUnreadable(f"Key {row.kid} was destroyed: its secrets are gone for good.")
    try:
        return unwrap(row.wrapped, row.owner, row.wrapped_by)
    except KeyMissing as error:
        raise why_missing(row.wrapped_by, error) from error
    except WrongKey as error:
        raise SecretUnreadable(f"Key {row.kid}: {error}") from error


def why_missing(kid: str, error: KeyMissing) -> PortalSealed | SecretUnreadable:
    """What follows when the master key `kid` is not in the ring: it is waited for, or it is not."""
    row = MasterKey.objects.filter(kid=kid).first()
    if row is not None and row.given_up_at is not None:
        return SecretUnreadable(f"Master key {kid} was given up: what needs it is gone for good.")
    if kid and row is None:
        return SecretUnreadable(f"The portal never had a master key {kid}: its id was damaged.")
    return PortalSealed(str(error))
