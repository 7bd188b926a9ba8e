"""Opens and seals whole batches of raw rows: for rotations and for the doctor.

The same ciphertexts as `tokens.encryption.sealing` makes, without a model instance for each row.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tokens.encryption.availability import PortalSealed
from tokens.encryption.fields import Place, current_head, kid_in, packed, unpacked
from tokens.encryption.sealed_tables import SealedTable
from tokens.encryption.sealing import Sealer, SecretUnreadable, count_sealings, opening_key

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
    """Opens secrets of one tenant, each key and each place looked up once."""

    tenant_id: UUID
    ciphers: dict[str, AESGCM] = field(default_factory=dict)
    # Why a key could not be had: asked once, not for each of its secrets.
    refused: dict[str, Exception] = field(default_factory=dict)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)

    def open(self, table: SealedTable, column: str, pk: str, token: str) -> bytes:
        """The plaintext of one ciphertext.

        Raises:
            PortalSealed: a master key is missing.
            SecretUnreadable: it does not open.
        """
        kid = kid_in(token)
        cipher = self.ciphers.get(kid) or self._cipher(kid)
        try:
            raw = unpacked(token)
            bound = self.place(table, column).binding(token, pk)
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], bound)
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(f"It does not open with key {kid}.") from error

    def place(self, table: SealedTable, column: str) -> Place:
        """What the ciphertexts of a column are bound to."""
        key = table.label, column
        known = self.places.get(key)
        if known is None:
            known = self.places[key] = Place.of(table.context(column), self.tenant_id)
        return known

    def _cipher(self, kid: str) -> AESGCM:
        if kid in self.refused:
            raise self.refused[kid]
        try:
            cipher = self.ciphers[kid] = opening_key(kid)
        except (PortalSealed, SecretUnreadable) as error:
            self.refused[kid] = error
            raise
        return cipher


@dataclass(slots=True)
class Resealer:
    """Makes new ciphertexts for rows under an older key than the active one, or bound formerly."""

    opener: Opener
    sealer: Sealer
    head: str
    failures: list[Failure] = field(default_factory=list)
    sealed: int = 0

    @classmethod
    def of(cls, tenant_id: UUID) -> "Resealer":
        """For one tenant and one batch.

        Raises:
            PortalSealed: a master key is missing.
        """
        sealer = Sealer.of(tenant_id)
        return cls(Opener(tenant_id), sealer, current_head(sealer.kid))

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
            if token is None or token.startswith(self.head):
                continue
            column = table.columns[place]
            try:
                plaintext = self.opener.open(table, column, pk, token)
            except (PortalSealed, SecretUnreadable) as error:
                # No key is known to be missing, or nobody would reseal: it is damaged as well.
                self.failures.append(Failure(table.label, pk, column, kid_in(token), str(error)))
                return None
            new[place] = self._sealed(table, column, pk, plaintext)
        return new

    def _sealed(self, table: SealedTable, column: str, pk: str, plaintext: bytes) -> str:
        nonce = next(self.sealer.nonces)
        bound = self.opener.place(table, column).binding(self.head, pk)
        self.sealed += 1
        return packed(self.sealer.kid, nonce + self.sealer.cipher.encrypt(nonce, plaintext, bound))
