"""Reads key files of service accounts: JSON and P12 (contract §2). Keeps and echoes nothing.

Every refusal is a sentence of our own: none quotes the file.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tokens.files.json_files import UnreadableFile, is_der, read_object, unwrap
from tokens.files.p12 import P12Closed, P12TooSlow, key_in
from tokens.files.private_keys import BadPrivateKey, checked, der_of_pem

LARGEST = 32_768
# The passphrase of every P12 file that Google has ever handed out.
PASSPHRASE = b"notasecret"
_EMAIL = re.compile(r"[a-z0-9.-]{1,64}@(?:[a-z0-9.-]+\.)?gserviceaccount\.com", re.ASCII)
_KID = re.compile(r"[0-9a-f]{40}", re.ASCII)
_AGAIN = "Download the key from Google again."
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
        raise BadKeyFile(f"The file is empty. {_AGAIN}")
    try:
        content = unwrap(raw)
        if is_der(content):
            return _from_p12(content, email.strip().lower(), passphrase)
        _refuse_other_texts(content)
        return _from_json(read_object(content))
    except UnreadableFile as error:
        raise BadKeyFile(f"{error} {_AGAIN}") from None
    except BadPrivateKey as error:
        raise BadKeyFile(str(error)) from None


def _refuse_other_texts(content: bytes) -> None:
    if content.startswith(b"-----BEGIN"):
        raise BadKeyFile("This is the private key alone. Upload the whole JSON file.")
    if content[:1] not in b"{\"'":
        raise BadKeyFile(
            "This is neither a JSON nor a P12 key file. Download one from Google Cloud."
        )


def _from_json(body: dict[str, Any]) -> KeyFile:
    _refuse_other_kinds(body)
    missing = [name for name in _NEEDED if not isinstance(body.get(name), str) or not body[name]]
    if missing:
        raise BadKeyFile(f"The file lacks {', '.join(missing)}. {_AGAIN}")
    email, kid = body["client_email"].strip().lower(), body["private_key_id"].strip().lower()
    if not _EMAIL.fullmatch(email) or not _KID.fullmatch(kid):
        raise BadKeyFile("The file names no service account of Google, or no key id of its.")
    pem = checked(der_of_pem(body["private_key"]))
    return KeyFile(email, body["project_id"].strip()[:100], kid, pem)


def _refuse_other_kinds(body: dict[str, object]) -> None:
    if "web" in body or "installed" in body:
        raise BadKeyFile(
            "This is an OAuth client (client_secret_….json), not the key of a service account. "
            "Its place is Credentials, Add an OAuth client."
        )
    if body.get("type") != "service_account":
        raise BadKeyFile("This JSON file is not the key of a service account.")


def _from_p12(raw: bytes, email: str, passphrase: bytes) -> KeyFile:
    if not email:
        raise BadKeyFile("A P12 file does not say whose it is: type the service account's e-mail.")
    if not _EMAIL.fullmatch(email):
        raise BadKeyFile("That e-mail is no service account's: they end in gserviceaccount.com.")
    try:
        der = key_in(raw, passphrase)
    except P12Closed:
        raise BadKeyFile(
            "The P12 file does not open: it is damaged, or its passphrase is not Google's "
            f"usual one (notasecret). {_AGAIN}"
        ) from None
    except P12TooSlow:
        raise BadKeyFile(
            "The P12 file takes too long to open, which Google's do not. Download the key as JSON."
        ) from None
    if not der:
        raise BadKeyFile(f"The P12 file holds no private key. {_AGAIN}")
    return KeyFile(email, project_of(email), "", checked(der))


def project_of(email: str) -> str:
    """The project in the address of a service account, empty where it names none."""
    name, _, rest = email.partition("@")[2].partition(".iam.gserviceaccount.com")
    return "" if rest or "." in name else name
