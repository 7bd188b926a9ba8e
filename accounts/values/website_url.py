"""Website addresses as people type them, turned into ones that Google takes.

The portal never fetches them; private and malformed ones are refused because a
tag on such a site could never report anything.
"""

import re
from urllib.parse import urlsplit, urlunsplit

from accounts.values.domains import BadDomain, is_number, to_ascii, to_unicode
from accounts.values.text import stripped, unseen_in

LONGEST = 500
_TOO_LONG = f"A website address has at most {LONGEST} characters."
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Names that no public site has (RFC 6761, 6762, 7686, 8375, ICANN's `.internal`) and usual ones.
_PRIVATE_ENDINGS = (
    ".corp",
    ".home",
    ".home.arpa",
    ".internal",
    ".intranet",
    ".invalid",
    ".lan",
    ".local",
    ".localdomain",
    ".localhost",
    ".onion",
)
# In host names of some scripts they are letters; the rule for host names says where.
_JOINERS = frozenset("\u200c\u200d")


class BadWebsite(ValueError):
    """Not an address of a public website. The message says what is wrong with it."""


def normalised(typed: str) -> str:
    """`https://example.com/path` for `example.com/path` and the like, the host as A-labels.

    Raises:
        BadWebsite: it is not an address of a public website.
    """
    text = stripped(typed)
    if len(text) > LONGEST:
        raise BadWebsite(_TOO_LONG)
    if any(char.isspace() or (unseen_in(char) and char not in _JOINERS) for char in text):
        raise BadWebsite("A website address has no spaces or invisible characters in it.")
    if not _has_scheme(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadWebsite("This is not a website address. Try example.com.") from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise BadWebsite("A website address begins with https:// or http://.")
    if parts.username or parts.password:
        raise BadWebsite("Leave user name and password out of the website address.")
    host = _public_host(parts.hostname or "")
    netloc = f"{host}:{port}" if port and port != _DEFAULT_PORTS[scheme] else host
    path = parts.path if parts.path != "/" else ""
    address = urlunsplit((scheme, netloc, path, parts.query, ""))
    if len(address) > LONGEST:
        raise BadWebsite(_TOO_LONG)
    return address


def shown(address: str) -> str:
    """The address with the letters of its host as people read them."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    end = min((at for sign in "/?:" if (at := rest.find(sign)) >= 0), default=len(rest))
    return f"{scheme}{mark}{to_unicode(rest[:end])}{rest[end:]}"


def host_shown(address: str) -> str:
    """The address without its scheme, as people say it; empty for none."""
    whole = shown(address)
    return (whole.partition("://")[2] or whole).rstrip("/")


def host_readable(address: str) -> str:
    """The host of a normalised address alone, as people read it, without its port."""
    return to_unicode(re.split(r"[/?:]", address.partition("://")[2], maxsplit=1)[0])


def _has_scheme(text: str) -> bool:
    match = _SCHEME.match(text)
    # `example.com:8080` begins like a scheme, but what follows the colon is a port.
    return match is not None and not text[match.end() : match.end() + 1].isdigit()


def _public_host(host: str) -> str:
    if not host:
        raise BadWebsite("This is not a website address. Try example.com.")
    _refuse_numbers(host)
    try:
        # Digits of other scripts become plain ones here.
        name = to_ascii(host)
    except BadDomain as error:
        raise BadWebsite(str(error)) from error
    _refuse_numbers(name)
    if "." not in name or name.endswith(_PRIVATE_ENDINGS):
        raise BadWebsite(f"“{host[:60]}” is not a public website. Try example.com.")
    return name


def _refuse_numbers(host: str) -> None:
    if is_number(host):
        raise BadWebsite("Give the website's name, not a number or an IP address.")
