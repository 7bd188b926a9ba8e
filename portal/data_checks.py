"""Checks that look into the database: `manage.py check --database default`."""

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from tokens.standing import standing


@register(Tags.database)
def encryption_keys_are_the_ones_needed(**_: object) -> list[CheckMessage]:
    """The ring holds every key that the stored secrets may need."""
    try:
        lacks = standing().missing
    except DatabaseError:
        # Before the first `migrate` there is nothing that could need a key.
        return []
    return [
        Error(why, hint="See docs/keys.md, “When a key is missing”.", id="portal.E005")
        for why in lacks
    ]
