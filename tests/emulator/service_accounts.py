"""Service accounts and their keys: made, looked up, and checked against a signature (§2, §8)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.emulator import clock
from tests.emulator.idtoken import self_signed
from tests.emulator.state import Client, ServiceAccount, ServiceAccountKey, State, User

PASSPHRASE = b"notasecret"
TOKEN_URI = "https://oauth2.googleapis.com/token"


@dataclass(frozen=True)
class Made:
    """A new key with its private half, which nobody keeps."""

    key: ServiceAccountKey
    private: RSAPrivateKey


def sub_of(email: str) -> str:
    """The stable numeric id of a service account."""
    return "10" + str(int(hashlib.sha256(email.encode()).hexdigest(), 16))[:19]


def create(state: State, email: str, project: str, *, key_admin: bool = True) -> ServiceAccount:
    """Create a service account, which is also a user and a client of its own."""
    account = ServiceAccount(email, project, sub_of(email), key_admin)
    state.service_accounts[email] = account
    state.users[account.sub] = User(email, account.sub, email.partition("@")[0])
    name = f"Service account {email}"
    state.clients[account.sub] = Client(account.sub, secrets.token_hex(16), project=project)
    state.clients[account.sub].name = name
    system = ServiceAccountKey(secrets.token_hex(20), email, "", clock.now(state), kind="SYSTEM")
    state.service_account_keys[system.id] = system
    return account


def add_key(state: State, email: str, *, delay: float = 0, bits: int = 2048) -> Made:
    """Make a key of a service account; it works only after `delay` seconds."""
    state.private_keys_made += 1
    private = nth_private(state.private_keys_made, bits)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    moment = clock.now(state)
    key = ServiceAccountKey(secrets.token_hex(20), email, public.decode(), moment)
    if delay:
        key.works_from = moment + delay
    state.service_account_keys[key.id] = key
    return Made(key, private)


@lru_cache(maxsize=64)
def nth_private(number: int, bits: int) -> RSAPrivateKey:
    """A world's first key, its second, …: the same in all of one process; making one is slow."""
    return generate_private_key(public_exponent=65537, key_size=bits)


def keys_of(state: State, email: str) -> list[ServiceAccountKey]:
    """All keys of a service account, Google's own among them."""
    return [key for key in state.service_account_keys.values() if key.email == email]


def verifying(state: State, email: str, kid: str) -> list[str]:
    """Public keys that may have made a signature: one for a key id, else all (P12 has none)."""
    moment = clock.now(state)
    return [
        key.public_pem
        for key in keys_of(state, email)
        if key.public_pem and not key.disabled and key.works_from <= moment
        if not kid or key.id == kid
    ]


def json_file(state: State, made: Made) -> dict[str, Any]:
    """The credentials file as Google hands it out, once."""
    account = state.service_accounts[made.key.email]
    certs = f"https://www.googleapis.com/robot/v1/metadata/x509/{account.email}"
    return {
        "type": "service_account",
        "project_id": account.project,
        "private_key_id": made.key.id,
        "private_key": private_pem(made.private),
        "client_email": account.email,
        "client_id": account.sub,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": TOKEN_URI,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": certs,
        "universe_domain": "googleapis.com",
    }


def private_pem(private: RSAPrivateKey) -> str:
    """PKCS 8, as in Google's files."""
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def p12_file(made: Made, passphrase: bytes = PASSPHRASE) -> bytes:
    """The older file: a key and a certificate, no address and no key id."""
    encryption = serialization.BestAvailableEncryption(passphrase)
    certificate = self_signed(made.private)
    return pkcs12.serialize_key_and_certificates(
        b"privatekey", made.private, certificate, None, encryption
    )


def wire(account: ServiceAccount, key: ServiceAccountKey) -> dict[str, Any]:
    """A key as the IAM API writes it, without anything private."""
    body: dict[str, Any] = {
        "name": f"projects/{account.project}/serviceAccounts/{account.email}/keys/{key.id}",
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "validAfterTime": clock.rfc3339(key.created_at)[:19] + "Z",
        "validBeforeTime": "9999-12-31T23:59:59Z",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "SYSTEM_MANAGED" if key.kind == "SYSTEM" else "USER_MANAGED",
    }
    if key.disabled:
        body |= {"disabled": True, "disableReason": "SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER"}
    return body


def private_data(state: State, made: Made, file_type: str) -> str:
    """`privateKeyData`: the whole file, in base64."""
    if file_type == "TYPE_PKCS12_FILE":
        return base64.b64encode(p12_file(made)).decode()
    return base64.b64encode(json.dumps(json_file(state, made), indent=2).encode()).decode()


@lru_cache(maxsize=256)
def load_public(pem: str) -> Any:
    """Parse a public key once."""
    return serialization.load_pem_public_key(pem.encode())
