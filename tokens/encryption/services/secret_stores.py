"""Secrets that stand in tables of others, encrypted with master keys all the same.

They are rewrapped with the data keys, and a master key that one of them needs
cannot be retired. Whoever has such secrets appends a keeper when the portal starts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from django.db import models

from tokens.encryption.availability import PortalSealed
from tokens.encryption.batches import Failure
from tokens.encryption.sealing import SecretUnreadable
from tokens.encryption.wrapping import KeyMissing, WrongKey

M = TypeVar("M", bound=models.Model)
# Whatever a damaged secret, or one under a key that is not here, can raise when it is opened.
DOES_NOT_OPEN = (KeyMissing, PortalSealed, SecretUnreadable, WrongKey, ValueError)


@dataclass(frozen=True, slots=True)
class Tried:
    """One secret that was opened and thrown away; `why` it does not open is empty where it does.

    `lacks_key`: only its key is not here; the secret may be well.
    """

    model: str
    row: str
    column: str
    kid: str
    why: str = ""
    lacks_key: bool = False

    @classmethod
    def of(cls, row: models.Model, column: str, kid: str, opens: Callable[[], object]) -> Self:
        """What comes of opening it."""
        why, lacks_key = "", False
        try:
            opens()
        except DOES_NOT_OPEN as error:
            why, lacks_key = str(error), isinstance(error, (KeyMissing, PortalSealed))
        return cls(row._meta.label, str(row.pk), column, kid, why, lacks_key)


class SecretStore(Protocol):
    """Who keeps secrets of one kind."""

    name: str

    def needing(self, kid: str) -> int:
        """How many of its secrets need the master key `kid`."""
        ...

    def stale(self, kid: str) -> int:
        """How many of its secrets are not encrypted with the master key `kid`."""
        ...

    def rewrap(self, kid: str) -> tuple[int, list[Failure]]:
        """Encrypt what is stale with the master key `kid`; how many were, and what did not open."""
        ...

    def tried(self) -> Iterator[Tried]:
        """Open every one of its secrets, and keep none."""
        ...


SECRET_STORES: list[SecretStore] = []


def each_anew(
    rows: Iterable[M], column: str, kid_of: Callable[[M], str], anew: Callable[[M], int]
) -> tuple[int, list[Failure]]:
    """How many of `rows` `anew` has wrapped, and which it could not open: those are passed by."""
    done, failures = 0, []
    for row in rows:
        try:
            done += anew(row)
        except DOES_NOT_OPEN as error:
            failures.append(Failure(row._meta.label, str(row.pk), column, kid_of(row), str(error)))
    return done, failures


def needing_elsewhere(kid: str) -> list[str]:
    """Who needs the master key `kid`, and for how many secrets."""
    counts = ((store.name, store.needing(kid)) for store in SECRET_STORES)
    return [f"{count} {name}" for name, count in counts if count]


def stale_elsewhere(kid: str) -> int:
    """How many secrets of others a rewrapping to `kid` has to encrypt anew."""
    return sum(store.stale(kid) for store in SECRET_STORES)


def count_elsewhere() -> int:
    """How many secrets there are: none is encrypted with a key without a name."""
    return stale_elsewhere("")


def try_elsewhere() -> Iterator[Tried]:
    """Open every secret of others."""
    for store in SECRET_STORES:
        yield from store.tried()
