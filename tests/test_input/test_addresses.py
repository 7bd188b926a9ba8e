"""Addresses: what passes can be written into a mail and sent, and names one domain only."""

from email.headerregistry import Address

import pytest
from django.core.mail import EmailMessage
from django.core.mail.message import sanitize_address
from hypothesis import given
from hypothesis import strategies as st

from accounts.values.email_address import BadAddress, cleaned, compared, in_addresses, shown

TAKEN = {
    "olive@example.com": "olive@example.com",
    " Olive@Example.COM\n": "olive@example.com",
    "olive@example.com\u202c": "olive@example.com",
    "\u202aolive@example.com\u202c": "olive@example.com",
    "\ufeffolive@example.com\u200b": "olive@example.com",
    "olive+tag@example.com.": "olive+tag@example.com",
    "chef@faß.example": "chef@xn--fa-hia.example",
    "chef@FAẞ.example": "chef@xn--fa-hia.example",
    "chef@xn--fa-hia.example": "chef@xn--fa-hia.example",
    "chef@fass.example": "chef@fass.example",
    "o'neil@müller.example": "o'neil@xn--mller-kva.example",
    "a@日本。example": "a@xn--wgv71a.example",
    "a@foo_bar.example": "a@foo_bar.example",
    "root@localhost": "root@localhost",
}
REFUSED = [
    "",
    "olive",
    "olive@",
    "@example.com",
    "olive@example",
    "olive@exam\u200bple.com",
    "ol\u202cive@example.com",
    "olive@example.com\x00",
    f"olive@{'a' * 64}.example",
    f"{'a' * 65}@example.com",
    f"olive@{'a.' * 130}com",
    f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example",
    "olive@xn--0.example",
    "olive@-a.example",
    "olive@a..example",
    "olive@127.0.0.1",
    "olive@[127.0.0.1]",
    '"olive owner"@example.com',
    "olive..owner@example.com",
    ".olive@example.com",
    "olive owner@example.com",
    "ölive@example.com",
    "Olive <olive@example.com>",
    "olive@example.com,tim@example.com",
    "olive@example.com\nBcc: otto@other.example",
    "olive@i❤.example",
]


@pytest.mark.parametrize(("typed", "kept"), TAKEN.items())
def test_what_is_taken_is_kept_as_mail_servers_know_it(typed: str, kept: str) -> None:
    assert cleaned(typed) == kept
    assert cleaned(shown(kept)) == kept
    assert compared(typed) == kept


@pytest.mark.parametrize("typed", REFUSED)
def test_what_no_mail_could_be_sent_to_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(BadAddress) as refused:
        cleaned(typed)
    assert str(refused.value).endswith(".")


@given(st.text(max_size=40), st.sampled_from(["example.com", "faß.example", "xn--p1ai", ""]))
def test_whatever_passes_can_be_written_into_a_mail(local: str, domain: str) -> None:
    try:
        address = cleaned(f"{local}@{domain}")
    except BadAddress:
        return
    assert sanitize_address(address, "utf-8") == address
    Address(addr_spec=address)
    EmailMessage("s", "b", "a@example.com", [address], reply_to=[address]).message().as_bytes()
    assert cleaned(address) == address
    assert len(address) <= 254


def test_two_domains_that_older_rules_take_for_one_are_two() -> None:
    assert cleaned("chef@faß.example") != cleaned("chef@fass.example")


def test_a_domain_is_shown_with_its_own_letters() -> None:
    assert shown("chef@xn--fa-hia.example") == "chef@faß.example"
    assert shown("chef@xn--0.example") == "chef@xn--0.example"


def test_words_of_a_domain_are_found_where_it_is_kept() -> None:
    assert in_addresses("FAß.example") in "chef@xn--fa-hia.example"
    assert in_addresses("chef@faß") in "chef@xn--fa-hia.example"


REASONS = {
    "olive@exam\u200bple.com": r"^There is an invisible .* Type .* instead of pasting it\.$",
    "olive": r"^An e-mail address looks like name@example\.com\.$",
    "olive@": r"^An e-mail address looks like name@example\.com\.$",
    "@example.com": r"^An e-mail address looks like name@example\.com\.$",
    "ölive@example.com": r"^Mail can be sent only to addresses with plain letters before the @\.$",
    "a@b@example.com": r"^The part before the @ is not one of an e-mail address\.$",
    f"{'a' * 65}@example.com": r"^The part before the @ is not one of an e-mail address\.$",
    "olive@a..example": r"^The part after the @ is wrong: .+",
    "olive@example": r"^The part after the @ is not a domain such as example\.com\.$",
    "olive@127.0.0.1": r"^The part after the @ is not a domain such as example\.com\.$",
    f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 7}": r"^An .* has at most 254 char",
}


@pytest.mark.parametrize(("typed", "reason"), REASONS.items())
def test_a_refusal_says_what_is_wrong(typed: str, reason: str) -> None:
    with pytest.raises(BadAddress, match=reason):
        cleaned(typed)


def test_an_address_of_the_longest_length_is_kept() -> None:
    longest = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 6}"
    assert len(longest) == 254
    assert cleaned(longest) == longest


def test_what_is_no_address_is_compared_as_it_was_typed() -> None:
    assert compared(" Olive ") == "olive"


def test_a_name_before_an_at_sign_is_looked_for_as_it_is_kept() -> None:
    assert in_addresses(" Olive@FAß.example ") == "olive@xn--fa-hia.example"
    assert in_addresses("a@b@Example.com") == "a@b@example.com"
    assert in_addresses("OLIVE") == "olive"
    assert in_addresses("olive@a..B") == "olive@a..b"
