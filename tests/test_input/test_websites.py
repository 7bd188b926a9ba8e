"""Websites: kept as A-labels by today's rule for host names, shown with their own letters."""

import pytest

from accounts.values.website_url import (
    BadWebsite,
    host_readable,
    host_shown,
    normalised,
    shown,
)

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


@pytest.mark.parametrize(("typed", "kept"), TAKEN.items())
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
)
def test_bad_punycode_and_what_no_domain_may_have_is_a_sentence(typed: str) -> None:
    with pytest.raises(BadWebsite) as refused:
        normalised(typed)
    assert str(refused.value).endswith(".")


def test_what_was_kept_by_older_rules_is_shown_as_it_is() -> None:
    assert shown("https://xn--0.example/x") == "https://xn--0.example/x"
    assert shown("not an address") == "not an address"


REASONS = {
    "": r"^This is not a website address\. Try example\.com\.$",
    "https:///shop": r"^This is not a website address\. Try example\.com\.$",
    "example.com:99999": r"^This is not a website address\. Try example\.com\.$",
    "two words.example": r"^A website address has no spaces or invisible characters in it\.$",
    "a\u2060b.example": r"^A website address has no spaces or invisible characters in it\.$",
    "ftp://example.com": r"^A website address begins with https:// or http://\.$",
    "mailto:olive@example.com": r"^A website address begins with https:// or http://\.$",
    "https://olive@example.com": r"^Leave user name and password out",
    "https://:secret@example.com": r"^Leave user name and password out",
    "127.0.0.1": r"^Give the website's name, not a number or an IP address\.$",
    "https://[::1]/": r"^Give the website's name, not a number or an IP address\.$",
    "\u0661\u0662\u0667.0.0.1": r"^Give the website's name, not a number or an IP address\.$",
    "shop": r"^“shop” is not a public website\. Try example\.com\.$",
    "shop.internal": r"^“shop\.internal” is not a public website\. Try example\.com\.$",
    f"{'b' * 55}.local": f"^“{'b' * 55}\\.loca” is not a public website",
    "x" * 501: r"^A website address has at most 500 characters\.$",
    f"example.com/{'x' * 481}": r"^A website address has at most 500 characters\.$",
}


@pytest.mark.parametrize(("typed", "reason"), REASONS.items())
def test_a_refusal_says_what_is_wrong(typed: str, reason: str) -> None:
    with pytest.raises(BadWebsite, match=reason):
        normalised(typed)


def test_an_address_of_the_longest_length_is_kept() -> None:
    longest = "https://example.com/" + "x" * 480
    assert normalised(longest) == longest


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("example.com/", "https://example.com"),
        ("HTTP://example.com:8080/a?b=c#d", "http://example.com:8080/a?b=c"),
        ("example.com:8080", "https://example.com:8080"),
        ("https://example.com:80/", "https://example.com:80"),
    ],
)
def test_scheme_port_path_and_query_are_kept_where_they_say_something(
    typed: str, kept: str
) -> None:
    assert normalised(typed) == kept


@pytest.mark.parametrize(
    "rest",
    ["", "/shop", "?shop", ":8080", "/a?b:c", "?b/c", ":8080/?b", "/?to=https://b.example", "/a/b"],
)
def test_the_host_of_an_address_ends_where_path_query_or_port_begin(rest: str) -> None:
    kept = f"https://xn--strae-oqa.example{rest}"
    assert shown(kept) == f"https://straße.example{rest}"
    assert host_shown(kept) == f"straße.example{rest}"
    assert host_readable(kept) == "straße.example"


def test_no_address_has_no_host_to_show() -> None:
    assert host_shown("") == ""
    assert host_shown("https://example.com/shop/") == "example.com/shop"
