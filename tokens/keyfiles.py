"""Reads key files of service accounts: JSON and P12 (contract §2). Pure; keeps and echoes nothing.

Every refusal is a sentence of our own: none quotes the file.
"""

import json
import re
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12

LARGEST = 32_768
SMALLEST_KEY = 2048
# The passphrase of every P12 file that Google has ever handed out.
PASSPHRASE = b"notasecret"
_EMAIL = re.compile(r"[a-z0-9.-]{1,64}@(?:[a-z0-9.-]+\.)?gserviceaccount\.com", re.ASCII)
_KID = re.compile(r"[0-9a-f]{40}", re.ASCII)
_NEEDED = ("project_id", "private_key_id", "private_key", "client_email")


class BadKeyFile(Exception):
    """The file cannot be used. `str()` says why, and what to do, in words for people."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file says. `kid` and `project` are empty for P12, which carries neither."""

    email: str
    project: str
    kid: str
    private_key: str = field(repr=False)


def read_key_file(raw: bytes, *, email: str = "", passphrase: bytes = PASSPHRASE) -> KeyFile:
    """The service account and private key of a file as Google hands it out.

    Raises:
        BadKeyFile: it is too large, broken, weak, or another kind of file.
    """
    if len(raw) > LARGEST:
        raise BadKeyFile("The file is too large for a key: they have about 2 kB.")
    if not raw.strip():
        raise BadKeyFile("The file is empty. Download the key from Google again.")
    if raw.lstrip()[:1] == b"{":
        return _from_json(raw)
    if raw[:1] == b"\x30":
        return _from_p12(raw, email.strip().lower(), passphrase)
    raise BadKeyFile("This is neither a JSON nor a P12 key file. Download one from Google Cloud.")


def _from_json(raw: bytes) -> KeyFile:
    try:
        body = json.loads(raw)
    except ValueError:
        raise BadKeyFile(
            "The JSON file is cut off or damaged. Download the key from Google again."
        ) from None
    _refuse_other_kinds(body)
    missing = [name for name in _NEEDED if not isinstance(body.get(name), str) or not body[name]]
    if missing:
        raise BadKeyFile(f"The file lacks {', '.join(missing)}. Download the key again.")
    email = body["client_email"].strip().lower()
    if not _EMAIL.fullmatch(email) or not _KID.fullmatch(body["private_key_id"]):
        raise BadKeyFile("The file names no service account of Google, or no key id of its.")
    pem = _checked(_load_pem(body["private_key"]))
    return KeyFile(email, body["project_id"][:100], body["private_key_id"], pem)


def _refuse_other_kinds(body: dict[str, object]) -> None:
    if "web" in body or "installed" in body:
        raise BadKeyFile(
            "This is an OAuth client (client_secret_….json), not the key of a service account. "
            "Its place is Credentials, Add an OAuth client."
        )
    if body.get("type") != "service_account":
        raise BadKeyFile("This JSON file is not the key of a service account.")


def _load_pem(pem: str) -> object:
    try:
        return serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKeyFile(
            "The private key in the file is damaged. Download the key from Google again."
        ) from None


def _from_p12(raw: bytes, email: str, passphrase: bytes) -> KeyFile:
    if not email:
        raise BadKeyFile("A P12 file does not say whose it is: type the service account's e-mail.")
    if not _EMAIL.fullmatch(email):
        raise BadKeyFile("That e-mail is no service account's: they end in gserviceaccount.com.")
    try:
        key = pkcs12.load_key_and_certificates(raw, passphrase)[0]
    except ValueError:
        raise BadKeyFile(
            "The P12 file does not open: it is damaged, or its passphrase is not Google's "
            "usual one (notasecret). Download the key from Google again."
        ) from None
    return KeyFile(email, project_of(email), "", _checked(key))


def project_of(email: str) -> str:
    """The project in the address of a service account, empty where it names none."""
    name, _, rest = email.partition("@")[2].partition(".iam.gserviceaccount.com")
    return "" if rest or "." in name else name


def _checked(key: object) -> str:
    if not isinstance(key, RSAPrivateKey):
        raise BadKeyFile("The key is not an RSA key, as Google's are.")
    if key.key_size < SMALLEST_KEY:
        raise BadKeyFile(
            f"The key is weak: {key.key_size} bits, and {SMALLEST_KEY} are the least. "
            "Make a new one at Google."
        )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
