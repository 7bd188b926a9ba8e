"""How long ago, and how many since, in words. Pure."""

from datetime import datetime


def ago(at: datetime | None, now: datetime) -> str:
    """How long since: `8 minutes ago`."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            many = seconds // length
            return f"{many} {unit}{'' if many == 1 else 's'} ago"
    return "less than a minute ago"


def issued_since(number: int, limit: int) -> str:
    """How many tokens Google issued after one, beside how many it keeps."""
    if number >= limit:
        return f"The {ordinal(number + 1)} token for this account was issued since, limit {limit}."
    tokens = "1 token was" if number == 1 else f"{number or 'No'} tokens were"
    return f"{tokens} issued for this account since this one, limit {limit}."


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`, `101st`."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
