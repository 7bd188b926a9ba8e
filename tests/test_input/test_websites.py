"""Websites: kept as A-labels by today's rule for host names, shown with their own letters."""

import pytest

from accounts.values.website_url import BadWebsite, host_shown, normalised, shown

TAKEN = {
    "straße.example": ("https://xn--strae-oqa.example", "straße.example"),
    "strasse.example": ("https://strasse.example", "strasse.example"),
    "STRAẞE.example": ("https://xn--strae-oqa.example", "straße.example"),
    "xn--strae-oqa.de": ("https://xn--strae-oqa.de", "straße.de"),
    "https://example.com:443/shop": ("https://example.com/shop", "example.com/shop"),
    "http://example.com:80": ("http://example.com", "example.com"),
    "http://example.com:443": ("http://example.com:443", "example.com:443"),
    "foo_bar.example.com": ("https://foo_bar.example.com", "foo_bar.example.com"),
    "نامه\u200cای.com": ("https://xn--mgba3gch31f060k.com", "نامه\u200cای.com"),
    "σας.example": ("https://xn--mxa8ab.example", "σας.example"),
    "r3---sn.example.com": ("https://r3---sn.example.com", "r3---sn.example.com"),
    "\u202aexample.com\u202c": ("https://example.com", "example.com"),
    "example.com#top": ("https://example.com", "example.com"),
}


@pytest.mark.parametrize(("typed", "kept"), TAKEN.items(), ids=map(ascii, TAKEN))
def test_an_address_is_kept_and_shown(typed: str, kept: tuple[str, str]) -> None:
    assert (normalised(typed), host_shown(normalised(typed))) == kept
    assert normalised(shown(kept[0])) == kept[0]


@pytest.mark.parametrize(
    "typed",
    [
        "xn--0.example",
        "xn--.example",
        "xn--a.example",
        "xn--abc-.example",
        "i❤.example",
        "a\u200cb.example",
        f"{'ü' * 70}.example",
        f"{'a.' * 130}example",
        "example.com/" + "x" * 490,
    ],
    ids=ascii,
)
def test_bad_punycode_and_what_no_domain_may_have_is_a_sentence(typed: str) -> None:
    with pytest.raises(BadWebsite) as refused:
        normalised(typed)
    assert str(refused.value).endswith(".")


def test_what_was_kept_by_older_rules_is_shown_as_it_is() -> None:
    assert shown("https://xn--0.example/x") == "https://xn--0.example/x"
    assert shown("not an address") == "not an address"
