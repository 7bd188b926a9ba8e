"""Opens and seals whole batches of raw rows: for rotations and for the doctor.

The same ciphertexts as `tokens.keys` makes, without a model instance for each row.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tokens.fields import bound_to
from tokens.keys import Sealer, SecretUnreadable, count_sealings, opening_key
from tokens.sealed_tables import SealedTable

_HEAD = len("v1.") + 12 + len(".")
_NONCE = 12

Change = tuple[Any, list[Any], list[Any]]


@dataclass(frozen=True, slots=True)
class Failure:
    """A secret that does not open."""

    model: str
    row: str
    column: str
    kid: str
    why: str


@dataclass(slots=True)
class Opener:
    """Opens secrets of one tenant, each key looked up once."""

    tenant_id: UUID
    ciphers: dict[str, AESGCM] = field(default_factory=dict)

    def open(self, table: SealedTable, column: str, pk: str, token: str) -> bytes:
        """The plaintext of one ciphertext.

        Raises:
            PortalSealed: a master key is missing.
            SecretUnreadable: it does not open.
        """
        kid = token[3:15]
        cipher = self.ciphers.get(kid) or self._cipher(kid)
        bound = bound_to(kid, table.label, column, self.tenant_id, pk)
        try:
            raw = base64.urlsafe_b64decode(token[_HEAD:] + "==")
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], bound)
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise SecretUnreadable(f"It does not open with key {kid}.") from error

    def _cipher(self, kid: str) -> AESGCM:
        cipher = self.ciphers[kid] = opening_key(kid)
        return cipher


@dataclass(slots=True)
class Resealer:
    """Makes new ciphertexts for rows that stand under an older key than the active one."""

    opener: Opener
    sealer: Sealer
    failures: list[Failure] = field(default_factory=list)
    sealed: int = 0

    @classmethod
    def of(cls, tenant_id: UUID) -> "Resealer":
        """For one tenant and one batch.

        Raises:
            PortalSealed: a master key is missing.
        """
        return cls(Opener(tenant_id), Sealer.of(tenant_id))

    def changes(self, table: SealedTable, rows: list[tuple[Any, ...]]) -> list[Change]:
        """What is to be written; rows that do not open are noted and left as they are."""
        found = []
        for pk, *old in rows:
            new = self._anew(table, table.pk_text(pk), old)
            if new is not None and new != old:
                found.append((pk, old, new))
        count_sealings(self.sealer.tenant_id, self.sealer.kid, self.sealed)
        self.sealed = 0
        return found

    def _anew(self, table: SealedTable, pk: str, old: list[Any]) -> list[Any] | None:
        new = list(old)
        for place, token in enumerate(old):
            if token is None or token[3:15] == self.sealer.kid:
                continue
            column = table.columns[place]
            try:
                plaintext = self.opener.open(table, column, pk, token)
            except SecretUnreadable as error:
                self.failures.append(Failure(table.label, pk, column, token[3:15], str(error)))
                return None
            new[place] = self._sealed(table, column, pk, plaintext)
        return new

    def _sealed(self, table: SealedTable, column: str, pk: str, plaintext: bytes) -> str:
        kid = self.sealer.kid
        nonce = next(self.sealer.nonces)
        bound = bound_to(kid, table.label, column, self.sealer.tenant_id, pk)
        raw = nonce + self.sealer.cipher.encrypt(nonce, plaintext, bound)
        self.sealed += 1
        return f"v1.{kid}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"
