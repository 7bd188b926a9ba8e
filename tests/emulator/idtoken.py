"""Signing keys and id tokens (contract §1.5)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

from tests.emulator import clock
from tests.emulator.state import Client, SigningKey, State, User

ISSUER = "https://accounts.google.com"
LIFETIME = 3600


def ensure_key(state: State) -> None:
    """Give the state a signing key when it has none."""
    if not state.signing_keys:
        state.signing_keys.append(first_key())


@lru_cache(maxsize=1)
def first_key() -> SigningKey:
    """The key all emulators of one process begin with; making one is slow."""
    return new_key()


def new_key() -> SigningKey:
    """Make a key and its self-signed certificate."""
    private = generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    cert = self_signed(private).public_bytes(serialization.Encoding.PEM)
    return SigningKey(secrets.token_hex(20), pem.decode(), cert.decode())


def self_signed(private: RSAPrivateKey) -> x509.Certificate:
    """The certificate that the x509 endpoint publishes."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "emulator.example")])
    start = datetime.now(UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )


def rotate(state: State, drop_old: bool = False) -> None:
    """Sign with a new key from now on; the old one stays published unless dropped."""
    state.signing_keys.insert(0, new_key())
    del state.signing_keys[1 if drop_old else 3 :]


@lru_cache(maxsize=16)
def load_private(pem: str) -> RSAPrivateKey:
    """Parse a private key once; parsing costs more than signing."""
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("signing keys are RSA keys")
    return key


def jwks(state: State) -> dict[str, Any]:
    """The public keys as a JWK set."""
    return {"keys": [_jwk(key) for key in state.signing_keys]}


def x509_map(state: State) -> dict[str, str]:
    """The certificates by key id."""
    return {key.kid: key.cert_pem for key in state.signing_keys}


def _jwk(key: SigningKey) -> dict[str, Any]:
    public = RSAAlgorithm.to_jwk(load_private(key.private_pem).public_key(), as_dict=True)
    fields = {name: public[name] for name in ("kty", "n", "e")}
    return {**fields, "kid": key.kid, "alg": "RS256", "use": "sig"}


def claims(
    state: State,
    client: Client,
    user: User,
    access_token: str,
    scopes: list[str],
    nonce: str | None,
) -> dict[str, Any]:
    """The claims of an honest id token."""
    issued = int(clock.now(state))
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    body: dict[str, Any] = {
        "iss": ISSUER,
        "azp": client.client_id,
        "aud": client.client_id,
        "sub": user.sub,
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        "iat": issued,
        "exp": issued + LIFETIME,
    }
    if user.hd:
        body["hd"] = user.hd
    if any(scope.endswith("userinfo.email") for scope in scopes):
        body |= {"email": user.email, "email_verified": True}
    if any(scope.endswith("userinfo.profile") for scope in scopes):
        body |= {"name": user.name, "given_name": user.name.split()[0]}
    return body | ({"nonce": nonce} if nonce else {})


def sign(state: State, body: dict[str, Any], *, forged: bool = False, named: bool = True) -> str:
    """Sign claims with the current key, or with one nobody published; name it, or not."""
    current = state.signing_keys[0]
    pem = new_key().private_pem if forged else current.private_pem
    headers = {"kid": current.kid} if named else {}
    return jwt.encode(body, load_private(pem), algorithm="RS256", headers=headers)
