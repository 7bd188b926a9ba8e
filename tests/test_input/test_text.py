"""Words in any script are kept as they are seen; what nobody sees hides nothing in them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.values.text import BadText, cleaned, search_key, seen

KEPT = {
    "Persian with a non-joiner": "نامه\u200cای",
    "Persian digits with one": "۲۰\u200cساله",
    "Latin letters before one, as Persian writes plurals": "PDF\u200cها",
    "Hindi with a joiner": "क्\u200dष",
    "a family": "👨\u200d👩\u200d👧\u200d👦 Co",
    "a shade of skin and a trade": "👩🏽\u200d🚀",
    "a head that shakes": "🙂\u200d↔\ufe0f",
    "the flag of Scotland": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Ltd",
    "an emoji that Python does not know yet": "\U0001fae8 Shaking",
    "a heart in colour": "❤\ufe0f",
    "a key cap": "1\ufe0f\u20e3",
    "a name in its own shape of a letter": "葛\U000e0100飾",
    "Hebrew with a mark of direction": "C++ \u200fשלום",
    "an Arabic number sign": "\u0600\u0661",
    "Braille with its blank": "⠓\u2800⠊",
}
STRIPPED = {
    "  Acme\t\n": "Acme",
    "\ufeffAcme": "Acme",
    "\u200bAcme\u200b": "Acme",
    "\u202aAcme\u202c": "Acme",
    "\u3164Acme\u2800": "Acme",
    "نامه\u200c": "نامه",
    "Cafe\u0301": "Caf\u00e9",
    "\u2800": "",
    "\u200d\u200c": "",
    "\u3164\u115f": "",
}
REFUSED = {
    "Ac\u200bme": "invisible character between “Ac” and “me”",
    "Ac\u00adme": "invisible character between “Ac” and “me”",
    "Ac\u200cme": "invisible character between “Ac” and “me”",
    "Ac\u200dme": "invisible character between “Ac” and “me”",
    "Ac\ufe0fme": "invisible character between “Ac” and “me”",
    "Ac\u3164me": "invisible character between “Ac” and “me”",
    "Ac\u034fme": "invisible character between “Ac” and “me”",
    "Ac\U000e0041me": "invisible character between “Ac” and “me”",
    "Ac\u202eme": "after “Ac” that changes the direction",
    "Ac\u2066me\u2069": "after “Ac” that changes the direction",
    "Ac\u200fme": "after “Ac” that changes the direction",
    "Ac\nme": "line break or control character after “Ac”",
    "Ac\u2028me": "line break or control character after “Ac”",
    "Acme\x00": "control character after “Acme”",
    "Ac\ud800me": "invisible character",
    "a sentence behind a flag": "invisible character",
    "a flag that does not end": "invisible character",
}
TAGGED = {
    "a sentence behind a flag": "🏴"
    + "".join(chr(0xE0000 + ord(c)) for c in "pay nobody")
    + "\U000e007f Ltd",
    "a flag that does not end": "🏴\U000e0067\U000e0062 Ltd",
}


@pytest.mark.parametrize("typed", KEPT.values(), ids=KEPT)
def test_what_a_script_or_an_emoji_is_written_with_is_kept(typed: str) -> None:
    assert cleaned(typed) == unicodedata.normalize("NFC", typed)
    assert seen(typed) == cleaned(typed)


@pytest.mark.parametrize(("typed", "kept"), STRIPPED.items(), ids=map(ascii, STRIPPED))
def test_what_nobody_sees_is_taken_off_the_ends(typed: str, kept: str) -> None:
    assert cleaned(typed) == kept


@pytest.mark.parametrize(("typed", "why"), REFUSED.items(), ids=map(ascii, REFUSED))
def test_inside_of_words_it_is_refused_and_the_place_is_named(typed: str, why: str) -> None:
    with pytest.raises(BadText, match=why):
        cleaned(TAGGED.get(typed, typed))


@pytest.mark.parametrize("filler", ["a", "\u0301", "🏴", " a"])
def test_what_is_far_too_long_is_refused_at_once(filler: str) -> None:
    """Each of these takes minutes where a character is compared with all others."""
    flood = "a" + filler * 500_000
    with pytest.raises(BadText, match="Shorten it"):
        cleaned(flood)
    assert len(seen(flood)) <= 4_000
    assert len(search_key(flood)) <= 8_000


@pytest.mark.parametrize("filler", ["\u200d", "\u200f", "\U000e0061"])
def test_however_much_that_nobody_sees_falls_off_at_once(filler: str) -> None:
    flood = "a" + filler * 500_000
    assert cleaned(flood) == seen(flood) == "a"


@given(st.text(max_size=80))
def test_what_is_kept_stays_as_it_is(typed: str) -> None:
    try:
        kept = cleaned(typed)
    except BadText:
        return
    assert cleaned(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert "\n" not in kept


@given(st.text(max_size=80))
def test_what_is_seen_of_anything_can_be_stored(typed: str) -> None:
    words = seen(typed)
    words.encode()
    assert "\x00" not in words
    assert words == words.strip()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("STRASSE", "Straße"),
        ("unicode", "Ünïcödé"),
        ("istanbul", "İSTANBUL"),
        ("lodz", "Łódź"),
        ("søren", "SOREN"),
        ("ΝΊΚΟΣ", "νικος"),
        ("muller & sohne", "Müller & Söhne"),
        ("Cafe\u0301", "CAFÉ"),
        ("straße", "https://xn--strae-oqa.example/shop"),
        ("xn--strae-oqa", "straße.example"),
        ("acme", "Ac\u200bme"),
        ("میخواهم", "می\u200cخواهم"),
    ],
)
def test_words_are_found_without_case_accents_and_what_nobody_sees(typed: str, stored: str) -> None:
    assert search_key(typed) in search_key(stored)


@pytest.mark.parametrize(("typed", "stored"), [("acme", "acne"), ("कि", "कु")])
def test_other_letters_are_other_words(typed: str, stored: str) -> None:
    assert search_key(typed) not in search_key(stored)
