"""Checks that look into the database: `manage.py check --database default`."""

from collections.abc import Sequence

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError

from tokens.encryption.availability import key_availability


@register(Tags.database)
def encryption_keys_are_the_ones_needed(
    *, databases: Sequence[str] | None = None, **_: object
) -> list[CheckMessage]:
    """The ring holds every key that the stored secrets may need.

    A warning, because the portal starts sealed and says so, and whoever puts it right needs its
    commands. Only where the database was asked for: Django runs every check before each command.
    """
    if not databases:
        return []
    try:
        lacks = key_availability().missing
    except DatabaseError:
        # Before the first `migrate` there is nothing that could need a key.
        return []
    return [
        Caution(
            f"The portal is sealed. {why}",
            hint="See docs/keys.md, “When it goes wrong”.",
            id="portal.W005",
        )
        for why in lacks
    ]
