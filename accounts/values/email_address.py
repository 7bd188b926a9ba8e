"""The one rule for e-mail addresses: what passes here can be written into a mail and sent.

The domain is kept as A-labels, so that an address is compared, and sent to, as mail servers
know it; all in lower case, so that one person cannot exist twice.
"""

import re
from contextlib import suppress

from accounts.values.domains import BadDomain, is_number, to_ascii, to_unicode
from accounts.values.text import stripped, unseen_in

LONGEST = 254
# RFC 5321 §4.5.3.1.1. Quoted ones exist on paper; what they may hold breaks headers.
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LONGEST_LOCAL = 64
# Mail to the machine itself: where the portal is tried out, staff are addressed so.
_OWN_MACHINE = "localhost"


class BadAddress(ValueError):
    """Not an address that mail can be sent to. The message says what is wrong with it."""


def cleaned(typed: str) -> str:
    """The address in lower case, with its domain as A-labels.

    Raises:
        BadAddress: mail could not be sent to it.
    """
    text = stripped(typed)
    if unseen_in(text):
        raise BadAddress(
            "There is an invisible character in this e-mail address. "
            "Type the address instead of pasting it."
        )
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise BadAddress("An e-mail address looks like name@example.com.")
    local = local.lower()
    if not local.isascii():
        raise BadAddress("Mail can be sent only to addresses with plain letters before the @.")
    if len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise BadAddress("The part before the @ is not one of an e-mail address.")
    address = f"{local}@{_domain(domain)}"
    if len(address) > LONGEST:
        raise BadAddress(f"An e-mail address has at most {LONGEST} characters.")
    return address


def shown(address: str) -> str:
    """The address as people read it, with the domain's own letters."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{to_unicode(domain)}"


def compared(typed: str) -> str:
    """What an address is looked up by: the address itself, or what was typed where it is none."""
    try:
        return cleaned(typed)
    except BadAddress:
        return stripped(typed).lower()


def in_addresses(words: str) -> str:
    """Words to look for, as they stand inside of addresses that are kept."""
    local, at, domain = words.strip().rpartition("@")
    with suppress(BadDomain):
        domain = to_ascii(domain)
    return f"{local}{at}{domain}".lower()


def _domain(typed: str) -> str:
    try:
        name = to_ascii(typed)
    except BadDomain as error:
        raise BadAddress(f"The part after the @ is wrong: {error}") from error
    if name == _OWN_MACHINE:
        return name
    if "." not in name or is_number(name):
        raise BadAddress("The part after the @ is not a domain such as example.com.")
    return name
