"""What is wrong with key-encryption keys, as sentences that say which one. A pure function.

Neither a key nor a part of one ever stands in a sentence.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from itertools import pairwise

_NAME = "FIELD_ENCRYPTION_KEY"
_LENGTH = 44
# Thirty-two random bytes have about thirty different values; fewer than sixteen never happens.
_FEWEST_VALUES = 16
_BETWEEN = re.compile(r"[\s,;:|]+")


def faults(keys: Sequence[str]) -> list[str]:
    """Why these keys cannot be used at all: not keys, several in one, or one twice."""
    found = [
        f"{_NAME}: key {number} {why}"
        for number, key in enumerate(keys, start=1)
        if (why := _fault(key))
    ]
    seen: dict[str, int] = {}
    for number, key in enumerate(keys, start=1):
        if key in seen:
            found.append(f"{_NAME}: key {number} is key {seen[key]} once more.")
        seen.setdefault(key, number)
    return found


def weaknesses(keys: Sequence[str]) -> list[str]:
    """Which of these keys did not come from a random generator."""
    return [
        f"{_NAME}: key {number} is weak: it looks like text or a pattern, not like random bytes."
        for number, key in enumerate(keys, start=1)
        if (raw := _bytes_of(key)) is not None and _is_weak(raw)
    ]


def _fault(key: str) -> str:
    # Fernet itself accepts trailing rubbish, and so would take two keys in one
    # string for the first of them.
    if _bytes_of(key) is not None:
        return ""
    parts = [part for part in _BETWEEN.split(key) if part]
    if len(parts) > 1 and all(_bytes_of(part) is not None for part in parts):
        return f"is {len(parts)} keys in one: separate them with commas."
    if key[:1] in "\"'" or key[-1:] in "\"'":
        return "stands in quotes: leave them out."
    return "is not a Fernet key."


def _bytes_of(key: str) -> bytes | None:
    if len(key) != _LENGTH:
        return None
    try:
        raw = base64.b64decode(key.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return raw if len(raw) == 32 else None


def _is_weak(raw: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in pairwise(raw)}
    is_text = all(0x20 <= byte < 0x7F for byte in raw)
    return is_text or len(set(raw)) < _FEWEST_VALUES or len(steps) < 4
