"""Looks at a private key before OpenSSL does, and hands over what can be checked quickly.

OpenSSL proves that the primes of an RSA key are prime, in time that grows with the fourth power
of their length: 0.06 s for 2048 bits, 0.4 s for 4096, and half a minute for 8676 bits in a file of
7 kB. So the numbers are read and bounded here first (RFC 8017 A.1.2, RFC 5208 §5).
"""

import base64
import binascii
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

FEWEST_BITS, MOST_BITS = 2048, 4096
_RSA = bytes.fromhex("2a864886f70d010101")
_INTEGER, _OCTETS, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30
_DAMAGED = "The private key in the file is damaged. Download the key from Google again."
# Factors of a sound key have half its bits each.
_UNEVEN = 16
# `\n` in so many letters, escaped once or more often, is what shells and .env files leave. Only
# the first backslash of a run is tried: a file of nothing else would take seconds.
_LINE_BREAK = re.compile(r"(?<!\\)\\++[nr]")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----", re.ASCII)


class BadPrivateKey(Exception):
    """The key is not one that Google accepts. `str()` says why, in words for people."""


def der_of_pem(pem: str) -> bytes:
    """The bytes inside a PEM key, whatever became of its line breaks.

    Raises:
        BadPrivateKey: it is no PEM, encrypted, or of another kind.
    """
    found = _PEM.search(_LINE_BREAK.sub("\n", pem))
    if found is None:
        raise BadPrivateKey(_DAMAGED)
    label, body = found.groups()
    if "ENCRYPTED" in label or "ENCRYPTED" in body:
        raise BadPrivateKey("The private key in the file is encrypted, which Google's are not.")
    if label not in {"PRIVATE KEY", "RSA PRIVATE KEY"}:
        raise BadPrivateKey("The key is not an RSA key, as Google's are.")
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadPrivateKey(_DAMAGED) from None


def checked(der: bytes) -> str:
    """An RSA key of PKCS 1 or 8 as PEM in PKCS 8, checked by OpenSSL in at most half a second.

    Raises:
        BadPrivateKey: it is no RSA key, damaged, weak, or larger than Google's.
    """
    try:
        _bound(_numbers(der))
        key = serialization.load_der_private_key(der, password=None)
    except (IndexError, ValueError, TypeError, UnsupportedAlgorithm):
        raise BadPrivateKey(_DAMAGED) from None
    if not isinstance(key, RSAPrivateKey):
        raise BadPrivateKey("The key is not an RSA key, as Google's are.")
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _bound(numbers: list[int]) -> None:
    version, modulus, public, private, p, q, *rest = numbers
    bits = modulus.bit_length()
    if bits < FEWEST_BITS:
        raise BadPrivateKey(
            f"The key is weak: {bits} bits, and {FEWEST_BITS} are the least. Make a new one at "
            "Google."
        )
    if bits > MOST_BITS:
        raise BadPrivateKey(
            f"The key is too long: {bits} bits, and {MOST_BITS} are the most. Google's have "
            f"{FEWEST_BITS}."
        )
    sound = (
        version == 0
        and 2 < public < 2**33
        and public % 2
        and 0 < private < modulus
        and abs(p.bit_length() - q.bit_length()) <= _UNEVEN
        and p > 0
        and p * q == modulus
        and all(0 < number < modulus for number in rest)
    )
    if not sound:
        raise BadPrivateKey(_DAMAGED)


def _numbers(der: bytes) -> list[int]:
    """The nine integers of an RSA key: version, n, e, d, p, q, dp, dq, qinv."""
    fields = _fields(_only(der, _SEQUENCE))
    if [tag for tag, _ in fields[1:3]] == [_SEQUENCE, _OCTETS]:
        algorithm = _fields(fields[1][1])
        if algorithm[0] != (_OID, _RSA):
            raise BadPrivateKey("The key is not an RSA key, as Google's are.")
        fields = _fields(_only(fields[2][1], _SEQUENCE))
    if len(fields) != 9 or any(tag != _INTEGER for tag, _ in fields):
        raise ValueError("no RSA key")
    return [int.from_bytes(content, signed=True) for _, content in fields]


def _only(data: bytes, tag: int) -> bytes:
    fields = _fields(data)
    if len(fields) != 1 or fields[0][0] != tag:
        raise ValueError("another structure")
    return fields[0][1]


def _fields(data: bytes) -> list[tuple[int, bytes]]:
    """(tag, content) of the DER values that stand one after another in `data`."""
    fields, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length >= 0x80:
            size = length - 0x80
            if not 0 < size <= 4:
                raise ValueError("no definite length")
            length, at = int.from_bytes(data[at : at + size]), at + size
        if at + length > len(data):
            raise ValueError("cut off")
        fields.append((tag, data[at : at + length]))
        at += length
    return fields
