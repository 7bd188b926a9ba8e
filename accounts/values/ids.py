"""Ids as people, addresses and forms carry them."""

from uuid import UUID


def as_id(text: str) -> UUID | None:
    """The id that `text` is; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
