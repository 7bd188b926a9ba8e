"""Names as people type them, and what Google or a reader would stumble over in them."""

import unicodedata

# Line ends and the like, and halves of characters.
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})
# They let a name read otherwise than it is stored, from the right to the left.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Joiners hold emoji and letters of some scripts together; they are no fault between others.
_JOINERS = frozenset("\u200c\u200d")
# Letters and signs by Unicode's table, but nothing is drawn for them.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


class BadName(ValueError):
    """Not a name that Google takes, or that people could tell from others. Says why."""


def checked(typed: str, units: int) -> str:
    """`typed` in Unicode's composed form, of at most so many UTF-16 units, as Google counts.

    Raises:
        BadName: it is too long, or has characters that nobody sees.
    """
    text = unicodedata.normalize("NFC", typed)
    if any(unicodedata.category(char) in _CONTROL for char in text):
        raise BadName("Names have no control characters in them.")
    if not _TURNING.isdisjoint(text):
        raise BadName("Leave out the characters that change the direction of the text.")
    if any(map(_is_unseen, text)) or (text and _JOINERS.issuperset(text)):
        raise BadName("Leave out the invisible characters. Type the name instead of pasting it.")
    if len(text.encode("utf-16-le")) // 2 > units:
        raise BadName(f"Google takes at most {units} characters here.")
    return text


def _is_unseen(char: str) -> bool:
    return char in _BLANK or (unicodedata.category(char) == "Cf" and char not in _JOINERS)
