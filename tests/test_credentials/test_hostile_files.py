"""Files made to hurt cost a moment and get a sentence beside the field."""

import json
import time
from collections.abc import Callable
from math import gcd
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.test_credentials.conftest import ROBOT, Desk
from tests.test_credentials.consoles import upload_client
from tests.test_credentials.test_files_as_they_arrive import CLIENT, key_file
from tokens.files.private_keys import BadPrivateKey, der_of_pem
from tokens.service_accounts.key_files import BadKeyFile, read_key_file

# Mersenne primes: exponents of 2 whose predecessors are prime. Their products are sound keys of
# any length, made without looking for primes.
_LONG = (4423, 4253)
_ODD = (3217, 521)


def key_of(exponents: tuple[int, int], public: int = 65537) -> str:
    p, q = (2**exponent - 1 for exponent in exponents)
    private = pow(public, -1, (p - 1) * (q - 1))
    numbers = RSAPrivateNumbers(
        p, q, private, private % (p - 1), private % (q - 1), pow(q, -1, p),
        RSAPublicNumbers(public, p * q),
    )  # fmt: skip
    return pem_of(numbers.private_key(unsafe_skip_rsa_key_validation=True))


def pem_of(key: Any, passphrase: bytes = b"") -> str:
    encryption: Any = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    return pem.decode()


def slow_p12() -> bytes:
    """A P12 that wants its passphrase hashed 100 million times, where it proves itself whole."""
    raw = p12_of(generate_private_key(65537, 2048))
    few = b"\x02\x02\x08\x00"
    assert raw.endswith(few)
    many = b"\x02\x04" + (100_000_000).to_bytes(4)
    start = next(at for at in range(len(raw) - 4, 0, -1) if is_last_sequence(raw, at))
    proof = bytes([0x30, raw[start + 1] + 2]) + raw[start + 2 : -4] + many
    return raw[:2] + (int.from_bytes(raw[2:4]) + 2).to_bytes(2) + raw[4:start] + proof


def is_last_sequence(raw: bytes, at: int) -> bool:
    return raw[at] == 0x30 and raw[at + 1] == len(raw) - at - 2


def p12_of(key: RSAPrivateKey) -> bytes:
    sealing = serialization.BestAvailableEncryption(b"notasecret")
    return pkcs12.serialize_key_and_certificates(b"k", key, None, None, sealing)


PRIVATE_KEYS = {
    "8676 bits, and 4096 are the most": lambda: key_of(_LONG),
    "private key in the file is damaged": lambda: key_of(_ODD),
    "not an RSA key": lambda: pem_of(ec.generate_private_key(ec.SECP256R1())),
    "not an RSA key, ": lambda: pem_of(ed25519.Ed25519PrivateKey.generate()),
    "not an RSA key, as": lambda: pem_of(dsa.generate_private_key(2048)),
    "is encrypted": lambda: pem_of(generate_private_key(65537, 2048), b"x"),
}


@pytest.mark.parametrize("words", PRIVATE_KEYS)
def test_a_private_key_is_judged_before_it_is_proven(words: str) -> None:
    raw = json.dumps(key_file(PRIVATE_KEYS[words]())).encode()
    started = time.process_time()
    with pytest.raises(BadKeyFile, match=words):
        read_key_file(raw)
    assert time.process_time() - started < 0.5


def test_what_is_longer_than_its_own_key_reaches_no_proof() -> None:
    """An exponent out of proportion makes each use of the key slow."""
    key = generate_private_key(65537, 2048).private_numbers()
    around = (key.p - 1) * (key.q - 1)
    huge = next(odd for odd in range(2**33 + 1, 2**34, 2) if gcd(odd, around) == 1)
    private = pow(huge, -1, around)
    cut = (key.p, key.q, private, private % (key.p - 1), private % (key.q - 1), key.iqmp)
    public = RSAPublicNumbers(huge, key.public_numbers.n)
    numbers = RSAPrivateNumbers(*cut, public).private_key()
    with pytest.raises(BadKeyFile, match="damaged"):
        read_key_file(json.dumps(key_file(pem_of(numbers))).encode())


def test_a_key_of_nothing_but_backslashes_is_refused_at_once() -> None:
    with pytest.raises(BadPrivateKey, match="damaged"):
        der_of_pem("\\" * 500_000)


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
def test_a_p12_that_wants_endless_work_is_given_up(desk: Desk) -> None:
    started = time.process_time()
    page = desk.upload(slow_p12(), email=ROBOT)
    assert "takes too long to open" in page
    assert time.process_time() - started < 3


def test_a_key_in_a_p12_is_held_to_the_same_limits() -> None:
    raw = p12_of(generate_private_key(65537, 1024))  # noqa: S505  # too short on purpose
    with pytest.raises(BadKeyFile, match="1024 bits, and 2048 are the least"):
        read_key_file(raw, email=ROBOT)


DEEP = "[" * 10_000 + "]" * 10_000
TEXTS: dict[str, Callable[[str], str]] = {
    "nested far deeper": lambda file: file[:-1] + f', "deep": {DEEP}}}',
    "nested far deeper than": lambda file: file[:-1] + ', "deep": ' + "[" * 9 + "]" * 9 + "}",
    "characters that no text can hold": lambda file: file[:-1] + r', "note": "\ud800"}',
    "characters that no text": lambda file: file[:-1] + r', "no\u0000te": ""}',
    "something else than one object": lambda file: f"[{file}]",
    "cut off or damaged": lambda file: file[:-1] + ', "number": ' + "9" * 5000 + "}",
    "empty": lambda file: "",
}


@pytest.mark.parametrize("words", TEXTS)
def test_what_no_text_can_hold_is_told_beside_the_field(desk: Desk, words: str) -> None:
    broken = TEXTS[words]
    if words != "something else than one object":
        assert words in upload_client(desk, broken(json.dumps({"web": CLIENT})).encode())
        assert words in desk.upload(broken(json.dumps(key_file())).encode())
    for place in key_file():
        for letter in ("\0", "\ud800"):
            raw = json.dumps(key_file() | {place: f"a{letter}b"}).encode()
            with pytest.raises(BadKeyFile, match="characters that no text"):
                read_key_file(raw)
