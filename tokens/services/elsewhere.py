"""Secrets that stand in tables of others, encrypted with master keys all the same.

They are rewrapped with the data keys, and a master key that one of them needs
cannot be retired. Whoever has such secrets appends a keeper when the portal starts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self

from django.db import models

from tokens.keys import SecretUnreadable
from tokens.standing import PortalSealed


@dataclass(frozen=True, slots=True)
class Tried:
    """One secret that was opened and thrown away; `why` it does not open is empty where it does."""

    model: str
    row: str
    column: str
    kid: str
    why: str = ""

    @classmethod
    def of(cls, row: models.Model, column: str, kid: str, opens: Callable[[], object]) -> Self:
        """What comes of opening it."""
        why = ""
        try:
            opens()
        except (PortalSealed, SecretUnreadable) as error:
            why = str(error)
        return cls(row._meta.label, str(row.pk), column, kid, why)


class Keeper(Protocol):
    """Who keeps secrets of one kind."""

    name: str

    def needing(self, kid: str) -> int:
        """How many of its secrets need the master key `kid`."""
        ...

    def stale(self, kid: str) -> int:
        """How many of its secrets are not encrypted with the master key `kid`."""
        ...

    def rewrap(self, kid: str) -> int:
        """Encrypt what is stale with the master key `kid`; returns how many were.

        Raises:
            PortalSealed: a master key is missing.
        """
        ...

    def tried(self) -> Iterator[Tried]:
        """Open every one of its secrets, and keep none."""
        ...


KEEPERS: list[Keeper] = []


def needing_elsewhere(kid: str) -> list[str]:
    """Who needs the master key `kid`, and for how many secrets."""
    counts = ((keeper.name, keeper.needing(kid)) for keeper in KEEPERS)
    return [f"{count} {name}" for name, count in counts if count]


def stale_elsewhere(kid: str) -> int:
    """How many secrets of others a rewrapping to `kid` has to encrypt anew."""
    return sum(keeper.stale(kid) for keeper in KEEPERS)


def count_elsewhere() -> int:
    """How many secrets there are: none is encrypted with a key without a name."""
    return stale_elsewhere("")


def try_elsewhere() -> Iterator[Tried]:
    """Open every secret of others."""
    for keeper in KEEPERS:
        yield from keeper.tried()
