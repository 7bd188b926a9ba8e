"""Host names of websites and mail: one rule for all of them (UTS 46 non-transitional, IDNA 2008).

They are kept and compared as A-labels (`xn--strae-oqa.example`) and shown as U-labels
(`straße.example`). The older IDNA 2003, which Python brings along, takes `straße` for
`strasse`, which is somebody else's.
"""

import ipaddress
import re

import idna

_LONGEST = 253
# Host names have no underscores by RFC 1123; names in use have (RFC 8552 and many sites).
_ASCII_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# What browsers take for the last part of an IPv4 address, however it is written.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class BadDomain(ValueError):
    """Not a host name. The message names it."""


def to_ascii(host: str) -> str:
    """The host name as A-labels in lower case, without a dot at its end.

    Raises:
        BadDomain: a label is empty, too long, no valid punycode, or has what IDNA 2008 forbids.
    """
    try:
        mapped = idna.uts46_remap(host, std3_rules=False)
        # The other full stops of Unicode are plain ones by now.
        labels = mapped.removesuffix(".").split(".")
        name = ".".join(_label(label) for label in labels)
    except (idna.IDNAError, UnicodeError) as error:
        raise BadDomain(f"“{host[:60]}” is not a host name.") from error
    if len(name) > _LONGEST:
        raise BadDomain(f"“{host[:60]}” is not a host name: it is too long.")
    return name


def to_unicode(host: str) -> str:
    """The host name as people read it; a label that cannot be read stays as it is."""
    return ".".join(_readable(label) for label in host.split("."))


def is_number(host: str) -> bool:
    """Whether a browser would take the host for an IP address, however it is written."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2].lower()))
    return True


def _label(label: str) -> str:
    if label.isascii() and not label.startswith("xn--"):
        if not _ASCII_LABEL.fullmatch(label):
            raise idna.IDNAError(f"no label: {label[:63]}")
        return label
    # Checks punycode by decoding it, and that it is the one way to write the label.
    return idna.alabel(label).decode("ascii")


def _readable(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        return label
