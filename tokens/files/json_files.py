"""Reads the JSON files that people upload or name in settings, however they arrived. Pure.

Google hands out UTF-8. What reaches the portal has been through editors, e-mail, shells and
secret stores: with a byte order mark, as UTF-16, quoted once more, or in base64. Nothing that
is refused is quoted.
"""

import base64
import binascii
import codecs
import json
import re
from typing import Any

# A file of Google's is flat; the deepest, a client's list of addresses, has three levels.
_DEEPEST = 8
_MOST_WRAPPINGS = 4
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DATA_URL = re.compile(rb"data:[^,]{0,80};base64,", re.ASCII)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}", re.ASCII)


class UnreadableFile(Exception):
    """The file is no JSON object that can be stored. `str()` says why, in words for people."""


def unwrap(raw: bytes) -> bytes:
    """The file inside `raw`: DER as it is, text as UTF-8 without mark, base64 taken off.

    Raises:
        UnreadableFile: the text is in no encoding that can be told.
    """
    for _ in range(_MOST_WRAPPINGS):
        if is_der(raw):
            return raw
        text = _text(raw).strip().encode()
        inner = _from_base64(text)
        if inner is None:
            return text
        raw = inner
    raise UnreadableFile("The file is wrapped in base64 too many times.")


def is_der(raw: bytes) -> bool:
    """Whether this begins as a long ASN.1 SEQUENCE; no text does."""
    return len(raw) > 1 and raw[0] == 0x30 and raw[1] >= 0x80


def read_object(text: bytes) -> dict[str, Any]:
    """The JSON object in what `unwrap` gave, quoted once more or not.

    Raises:
        UnreadableFile: it is cut off, no object, nested, or holds what no text can.
    """
    if text[:2] == b"{\\":
        text = b'"' + text + b'"'
    elif text[:2] == b"'{" and text.endswith(b"'"):
        text = text[1:-1]
    body: Any = text
    for _ in range(_MOST_WRAPPINGS):
        body = _loaded(body)
        _check(body, 1)
        if not isinstance(body, str):
            break
        body = unwrap(body.encode())
    if not isinstance(body, dict):
        raise UnreadableFile("The JSON file holds something else than one object.")
    return body


def _text(raw: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    if not encoding and 0 in raw[:2]:
        encoding = "utf-16-be" if raw[0] == 0 else "utf-16-le"
    try:
        return raw.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        # Of another kind altogether: whoever asked says what it should have been.
        return raw.decode("latin-1")


def _from_base64(text: bytes) -> bytes | None:
    packed = b"".join(_DATA_URL.sub(b"", text, count=1).split())
    if not _BASE64.fullmatch(packed):
        return None
    plain = packed.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return None


def _loaded(text: bytes | str) -> Any:
    try:
        # Not strict: line breaks inside the private key are there to stay.
        return json.loads(text, strict=False)
    except RecursionError:
        raise UnreadableFile("The JSON file is nested far deeper than any of Google's.") from None
    except ValueError:
        raise UnreadableFile("The JSON file is cut off or damaged.") from None


def _check(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise UnreadableFile("The JSON file is nested far deeper than any of Google's.")
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise UnreadableFile("The JSON file holds characters that no text can hold.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
