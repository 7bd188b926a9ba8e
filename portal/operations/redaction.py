"""The last line of defence for whatever is written down: what looks like a secret is blotted out.

What looks like none, a password above all, is known from the request that brought it.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote, quote_plus

from django.http import HttpRequest, QueryDict

BLOT = "[redacted]"
# Google's tokens, codes and secrets, private keys, sealed values (contract §1.2, §14.50).
_SECRETS = re.compile(
    r"(?:ya29\.|1//|4/0|GOCSPX-|AIza|v[0-9]\.[0-9a-f]{12}\.)[A-Za-z0-9._~/+-]+"
    # Wrapped keys, and seeds of second steps with the id of their master key before them.
    r"|(?:[0-9a-f]{12}\.)?(?:v[0-9]\.)?gAAAAA[A-Za-z0-9_=-]+"
    r"|-----BEGIN[^-]+-----[\s\S]*?-----END[^-]+-----"
    # What follows a name in an address, and the password in one (redis://user:password@host).
    r"|(?<=code=)[^&\s\"'\\]+|(?<=state=)[^&\s\"'\\]+"
    r"|(?<=[?&]token=)[^&\s\"'\\]+|(?<=[?&]key=)[^&\s\"'\\]+"
    r"|(?<=accountTicketId=)[^&\s\"'\\]+|(?<=termsofservice/)[^&\s\"'\\?]+"
    r"|(?<=://)[^\s/@\"']*:[^\s/@\"']+(?=@)"
)
# Links in mails end with what lets their reader in; `/accounts/…/key/` are allauth's.
_LINKS = re.compile(
    r"(/(?:reconnect|mails/stop|accounts/confirm-email|accounts/password/reset/key"
    r"|invitations/[0-9a-fA-F-]{32,36})/)(?!send/|link/|revoke/)[^/\s\"'?#]+"
)
_NAMES_A_SECRET = re.compile(r"passw|secret|token|code|key|credential|recovery", re.IGNORECASE)
# Shorter ones stand in every text, and nobody is helped by one of three letters.
_SHORTEST = 4

# What the theme's cookie may say; it keeps no secret.
_THEMES = frozenset({"system", "light", "dark"})


@dataclass(slots=True)
class Answering:
    """The request that is being answered, and what it has sent as far as it was read."""

    request: HttpRequest
    named: list[str] = field(default_factory=list)
    everything: list[str] = field(default_factory=list)
    has_read: bool = False

    def read(self) -> None:
        """Look at the form, once Django has read it because somebody asked for it.

        Unread, none of it can have got anywhere, and reading it here could fail.
        """
        fields = getattr(self.request, "_post", None) or QueryDict()
        if self.has_read or (self.everything and not fields):
            return
        self.has_read = bool(fields)
        cookies = set(self.request.COOKIES.values()) - _THEMES
        pairs = [(name, value) for name in fields for value in fields.getlist(name)]
        secret = {value for name, value in pairs if _NAMES_A_SECRET.search(name)}
        self.named = _longest_first(cookies | secret)
        self.everything = _longest_first(cookies | {value for _, value in pairs})


def _longest_first(values: set[str]) -> list[str]:
    long = (value for value in values if len(value) >= _SHORTEST)
    return sorted({spelt for value in long for spelt in _spellings(value)}, key=len, reverse=True)


def _spellings(value: str) -> Iterator[str]:
    """A value, and how errors, addresses, JSON and pages spell it."""
    yield value
    if value.isascii() and value.isalnum():
        return
    # Within quotes of either kind, once and within another, as bytes, and without its accents.
    for written in (repr(value), repr(f"{value}'")[:-1], ascii(value), json.dumps(value)):
        yield written[1:-1]
        yield repr(written)[2:-2]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    # Half of a letter can be typed, and has no bytes.
    raw = value.encode("utf-8", "backslashreplace")
    yield repr(raw)[2:-1]
    yield quote(raw)
    yield quote_plus(raw)
    yield escape(value)


_current: ContextVar[Answering | None] = ContextVar("answering", default=None)


def redact(text: str) -> str:
    """`text` with everything blotted out that looks like a secret, or was sent as one just now."""
    text = _LINKS.sub(rf"\1{BLOT}", _SECRETS.sub(BLOT, text))
    return _without(text, named=True)


def redact_error(text: str) -> str:
    """As `redact()`, and without anything at all that the request being answered has sent.

    What an exception says may quote any field: a database names the value that it refuses.
    """
    return _without(redact(text), named=False)


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """Know what `request` sends, while it is answered."""
    token = _current.set(Answering(request))
    try:
        yield
    finally:
        _current.reset(token)


def _without(text: str, *, named: bool) -> str:
    current = _current.get()
    if current is None:
        return text
    current.read()
    for value in current.named if named else current.everything:
        if value in text:
            text = text.replace(value, BLOT)
    return text
