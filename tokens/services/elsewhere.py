"""Secrets that stand in tables of others, encrypted with master keys all the same.

They are rewrapped with the data keys, and a master key that one of them needs
cannot be retired. Whoever has such secrets appends a keeper when the portal starts.
"""

from typing import Protocol


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


KEEPERS: list[Keeper] = []


def needing_elsewhere(kid: str) -> list[str]:
    """Who needs the master key `kid`, and for how many secrets."""
    counts = ((keeper.name, keeper.needing(kid)) for keeper in KEEPERS)
    return [f"{count} {name}" for name, count in counts if count]


def stale_elsewhere(kid: str) -> int:
    """How many secrets of others a rewrapping to `kid` has to encrypt anew."""
    return sum(keeper.stale(kid) for keeper in KEEPERS)
