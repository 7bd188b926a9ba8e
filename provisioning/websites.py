"""Website addresses as people type them, turned into ones that Google takes.

The portal never fetches them; private and malformed ones are refused because a
tag on such a site could never report anything.
"""

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit, urlunsplit

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
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
# What browsers take for the last part of an IPv4 address, however it is written.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
# Control characters, invisible ones and every kind of space.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})


class BadWebsite(ValueError):
    """Not an address of a public website. The message says what is wrong with it."""


def normalised(typed: str) -> str:
    """`https://example.com/path` for `example.com/path` and the like.

    Raises:
        BadWebsite: it is not an address of a public website.
    """
    text = typed.strip()
    if any(unicodedata.category(char) in _UNSEEN for char in text):
        raise BadWebsite("A website address has no spaces or control characters in it.")
    if not _has_scheme(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadWebsite("This is not a website address. Try example.com.") from error
    if parts.scheme.lower() not in ("http", "https"):
        raise BadWebsite("A website address begins with https:// or http://.")
    if parts.username or parts.password:
        raise BadWebsite("Leave user name and password out of the website address.")
    host = _public_host(parts.hostname or "")
    netloc = f"{host}:{port}" if port else host
    path = parts.path if parts.path != "/" else ""
    return urlunsplit((parts.scheme.lower(), netloc, path, parts.query, ""))


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
        ascii_host = host.encode("idna").decode().lower().rstrip(".")
    except UnicodeError as error:
        raise BadWebsite(f"“{host[:60]}” is not a host name.") from error
    _refuse_numbers(ascii_host)
    labels = ascii_host.split(".")
    if len(ascii_host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadWebsite(f"“{host[:60]}” is not a host name.")
    if len(labels) < 2 or ascii_host.endswith(_PRIVATE_ENDINGS):
        raise BadWebsite(f"“{host[:60]}” is not a public website. Try example.com.")
    return ascii_host


def _refuse_numbers(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise BadWebsite("Give the website's name, not a number.") from None
        return
    raise BadWebsite("Give the website's name, not an IP address.")
