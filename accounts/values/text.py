"""The one rule for what people type as words: names, descriptions, and what is searched for.

What is seen is kept, whatever script it is in. What nobody sees is taken off the ends, kept
inside where a script or an emoji is written with it, and refused with its place elsewhere:
two names that look alike must be alike (Unicode Standard Annex 31, §2.3; Technical Report 36).
"""

import re
import unicodedata
from functools import cached_property

from accounts.values.domains import to_unicode

_JOINERS = frozenset("\u200c\u200d")
# Marks of direction that Hebrew and Arabic are written with between words of other scripts.
_WEAK_MARKS = frozenset("\u061c\u200e\u200f")
# Marks that turn the direction of writing (Unicode Standard Annex 9).
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
# Nothing is drawn for these, although Unicode's table takes them for letters, marks and signs.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Signs of their own that stand below the digits that follow (Prepended_Concatenation_Mark).
_DRAWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
_LINE_ENDS = frozenset({"Cc", "Zl", "Zp"})
# Arrows that emoji sequences end with, and are no symbols by Unicode's table.
_ARROWS = frozenset("\u2194\u2195")
_SELECTABLE = frozenset({"Nd", "Pd", "Po", "Sm", "So"})
# A part of a country has a flag of its own: a black one, and its code in letters that nobody sees
# (Unicode Technical Standard 51, ED-14a). Any others behind a flag would hide whole sentences.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# Scripts whose letters change their shape with a joiner between them, by Unicode's names.
_JOINING = frozenset(
    # `EXTENDED` are the digits of Persian, `EXTENDED ARABIC-INDIC`.
    (
        *("ARABIC", "ARABIC-INDIC", "EXTENDED", "BALINESE", "BENGALI", "DEVANAGARI", "GUJARATI"),
        *("GURMUKHI", "KANNADA", "KHMER", "LAO", "LIMBU", "MALAYALAM", "MANDAIC", "MANICHAEAN"),
        *("MONGOLIAN", "MYANMAR", "NKO", "ORIYA", "PHAGS-PA", "SINHALA", "SYRIAC", "TAMIL"),
        *("TELUGU", "THAI", "TIBETAN"),
    )
)
_MONGOLIAN_SELECTORS = frozenset("\u180b\u180c\u180d\u180f")
_SELECTING = frozenset({"CJK", "MONGOLIAN", "MYANMAR", "PHAGS-PA"})
# Letters that are another with a stroke to who types without one; Unicode splits the rest.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}  # noqa: RUF001  # what is meant
)
_A_LABEL = re.compile(r"xn--[a-z0-9-]+")
# No field takes more. Composing takes time that grows with the square of the marks on a letter,
# so what is longer is not looked at.
_LONGEST = 1_000
# Of what others say, and of what is searched for, no more is looked at.
_MOST_SEEN = 4_000


class BadText(ValueError):
    """Not words that people could tell from others. The message says where, and what to do."""


def cleaned(typed: str) -> str:
    """`typed` on one line in Unicode's composed form (NFC), without what nobody sees at its ends.

    Raises:
        BadText: inside of it stands a character that nobody sees, or that turns the writing, or
            it is far longer than anything that is stored.
    """
    length = len(stripped(typed))
    if length > _LONGEST:
        raise BadText(f"Shorten it: it has {length:,} characters.")
    # What belongs to the last character that is seen stands right behind it.
    text = unicodedata.normalize("NFC", typed.lstrip()[:_MOST_SEEN])
    shown = [at for at, char in enumerate(text) if not _falls_off(char)]
    if not shown:
        return ""
    first, last = shown[0], shown[-1]
    whole = _Words(text)
    while last + 1 < len(text) and whole.belongs(last + 1):
        last += 1
    words = _Words(text[first : last + 1])
    for at, char in enumerate(words.text):
        if unicodedata.category(char) in _LINE_ENDS or (_is_unseen(char) and not words.belongs(at)):
            raise BadText(_why(words.text, at))
    return words.text


def seen(words: str) -> str:
    """What is seen of words that may be anybody's, on one line: nothing is refused.

    For what comes from elsewhere (browsers, Google), and for words that are looked for.
    """
    whole = _Words(unicodedata.normalize("NFC", words[:_MOST_SEEN]))
    kept = (
        char if not _is_unseen(char) or whole.belongs(at) else _in_place_of(char)
        for at, char in enumerate(whole.text)
    )
    return " ".join("".join(kept).split())


def stripped(typed: str) -> str:
    """`typed` without spaces and without what nobody sees at its ends."""
    shown = [at for at, char in enumerate(typed) if not _falls_off(char)]
    return typed[shown[0] : shown[-1] + 1] if shown else ""


def unseen_in(typed: str) -> str | None:
    """The first character that nobody sees; None where all are seen."""
    return next((char for char in typed if _is_unseen(char)), None)


def search_key(text: str) -> str:
    """What is compared when words are searched for: without case, accents and unseen characters.

    Both the words and what they are looked for in go through here, so that every database
    compares alike. Host names are compared with the letters that people read.
    """
    readable = _A_LABEL.sub(lambda label: to_unicode(label[0]), text[:_MOST_SEEN].lower())
    apart = unicodedata.normalize("NFKD", readable)
    folded = unicodedata.normalize("NFKD", apart.casefold().translate(_PLAIN))
    kept = (char for char in folded if not unicodedata.combining(char) and not _is_unseen(char))
    return " ".join("".join(kept).split())


def _falls_off(char: str) -> bool:
    """Whether it is taken off the ends; control characters are not, nobody pastes them."""
    if char.isspace():
        return True
    return _is_unseen(char) and unicodedata.category(char) not in {"Cc", "Cs"}


def _in_place_of(char: str) -> str:
    return " " if unicodedata.category(char) in _LINE_ENDS | {"Cs"} else ""


def _is_unseen(char: str) -> bool:
    """Whether nothing is drawn for it and it is no plain space."""
    if char.isascii():
        return not char.isprintable() and not char.isspace()
    category = unicodedata.category(char)
    if category == "Cf":
        return char not in _DRAWN
    return char in _BLANK or category in {"Cc", "Cs", "Zl", "Zp"} or _is_selector(char)


def _is_selector(char: str) -> bool:
    """Whether it says which shape of the character before it is meant."""
    return (
        "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
        or char in _MONGOLIAN_SELECTORS
    )


class _Words:
    """A text, and what is asked of all of it for each character that nobody sees."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _leftwards(self) -> bool:
        return _is_written_leftwards(self.text)

    @cached_property
    def _in_flags(self) -> frozenset[int]:
        """The places of letters that say whose a flag is."""
        flags = (range(one.start() + 1, one.end()) for one in _FLAG.finditer(self.text))
        return frozenset(at for flag in flags for at in flag)

    def belongs(self, at: int) -> bool:
        """Whether the unseen character at this place is part of how its neighbours are written."""
        char, before = self.text[at], self.text[at - 1 : at]
        after = self.text[at + 1 : at + 2]
        if not before:
            return False
        if char in _JOINERS:
            return _joins(self.text, at, after)
        if _is_selector(char):
            return _takes_selector(before)
        if char in _WEAK_MARKS:
            return bool(after) and self._leftwards
        if char == "\u2800":
            return bool(after) and _script(after) == "BRAILLE"
        return at in self._in_flags


def _is_written_leftwards(text: str) -> bool:
    """Whether letters of it are written from right to left."""
    letters = (char for char in text if char not in _WEAK_MARKS)
    return any(unicodedata.bidirectional(char) in ("R", "AL") for char in letters)


def _joins(text: str, at: int, after: str) -> bool:
    before = _base_before(text, at)
    if _is_pictograph(before):
        return text[at] == "\u200d" and _is_pictograph(after)
    if not before.isprintable() or before.isspace() or not after or after.isspace():
        return False
    return _script(before) in _JOINING or _script(after) in _JOINING


def _base_before(text: str, at: int) -> str:
    """What stands before this place, past selectors and shades of skin."""
    while at and (_is_selector(text[at - 1]) or "\U0001f3fb" <= text[at - 1] <= "\U0001f3ff"):
        at -= 1
    return text[at - 1 : at]


def _takes_selector(before: str) -> bool:
    return (
        unicodedata.category(before) in _SELECTABLE
        or before == "\u2139"
        or _is_pictograph(before)
        or _script(before) in _SELECTING
    )


def _is_pictograph(char: str) -> bool:
    # New emoji come to telephones before Python's table of characters has them.
    return bool(char) and (
        unicodedata.category(char) == "So"
        or "\U0001f000" <= char <= "\U0001fbff"
        or char in _ARROWS
    )


def _script(char: str) -> str:
    """The first word of Unicode's name: its script, or `EXTENDED` for digits of Persian."""
    return unicodedata.name(char, "").partition(" ")[0] if char else ""


def _why(text: str, at: int) -> str:
    before = "".join(char for char in text[:at] if not _is_unseen(char))[-20:].strip()
    after = "".join(char for char in text[at:] if not _is_unseen(char))[:20].strip()
    char = text[at]
    if unicodedata.category(char) in _LINE_ENDS:
        return f"Put it on one line: there is a line break or control character after “{before}”."
    if char in _WEAK_MARKS or unicodedata.bidirectional(char) in _TURNS:
        return f"Delete the character after “{before}” that changes the direction of the text."
    return (
        f"Delete the invisible character between “{before}” and “{after}”, or type that part again."
    )
