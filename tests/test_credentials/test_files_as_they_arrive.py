"""Key and client files are read in whatever wrapping editors, e-mail and shells have left them."""

import base64
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from pytest_django import Settings

from tests.test_credentials.conftest import ROBOT
from tokens.clients.client_files import read_client_file
from tokens.clients.installed_app import installed_client
from tokens.clients.redirect_uris import registered
from tokens.service_accounts.key_files import read_key_file

CLIENT = {
    "client_id": "1-x.apps.googleusercontent.com",
    "client_secret": "GOCSPX-of-the-client",
    "redirect_uris": ["https://portal.example/google/callback/"],
}


@cache
def key_pem(form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    key = generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def key_file(pem: str = "") -> dict[str, Any]:
    return {
        "type": "service_account",
        "project_id": "acme-project",
        "private_key_id": "0" * 40,
        "private_key": pem or key_pem(),
        "client_email": ROBOT,
    }


def quoted(text: str) -> bytes:
    return json.dumps(text).encode()


WRAPPINGS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "with a byte order mark": lambda text: text.encode("utf-8-sig"),
    "as UTF-16": lambda text: text.encode("utf-16"),
    "as UTF-16 without a mark": lambda text: text.encode("utf-16-be"),
    "as UTF-32": lambda text: text.encode("utf-32"),
    "quoted once more": quoted,
    "quoted twice more": lambda text: quoted(quoted(text).decode()),
    "escaped without quotes": lambda text: quoted(text)[1:-1],
    "in single quotes": lambda text: b"'" + text.encode() + b"'",
    "in base64": lambda text: base64.b64encode(text.encode()),
    "in base64 with line breaks": lambda text: base64.encodebytes(text.encode()),
    "in base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
    "as a data URL": lambda text: (
        b"data:application/json;base64," + base64.b64encode(text.encode())
    ),
    "in base64 with a mark inside": lambda text: base64.b64encode(text.encode("utf-8-sig")),
    "in base64, as UTF-16": lambda text: base64.b64encode(text.encode()).decode().encode("utf-16"),
    "in quoted base64": lambda text: quoted(base64.b64encode(text.encode()).decode()),
}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_a_file_is_read_in_every_wrapping(
    wrap: Callable[[str], bytes], tmp_path: Path, settings: Settings
) -> None:
    read = read_key_file(wrap(json.dumps(key_file(), indent=2)))
    assert (read.email, read.project, read.private_key) == (ROBOT, "acme-project", key_pem())
    assert read_client_file(wrap(json.dumps({"web": CLIENT}))).secret == CLIENT["client_secret"]
    path = tmp_path / "client.json"
    path.write_bytes(wrap(json.dumps({"web": CLIENT})))
    settings.GOOGLE_CLIENT_FILE = str(path)
    assert registered() == CLIENT["redirect_uris"]
    installed = tmp_path / "installed.json"
    installed.write_bytes(wrap(json.dumps({"installed": CLIENT})))
    settings.GOOGLE_INSTALLED_CLIENT_FILE = str(installed)
    client = installed_client()
    assert client is not None
    assert client.secret == CLIENT["client_secret"]


LINE_BREAKS: dict[str, Callable[[str], str]] = {
    "escaped": lambda pem: pem.replace("\n", "\\n"),
    "escaped twice": lambda pem: pem.replace("\n", "\\\\n"),
    "of Windows": lambda pem: pem.replace("\n", "\r\n"),
    "of Windows, escaped": lambda pem: pem.replace("\n", "\\r\\n"),
    "as blanks": lambda pem: pem.replace("\n", " "),
    "lost": lambda pem: pem.replace("\n", ""),
}


@pytest.mark.parametrize("changed", LINE_BREAKS.values(), ids=LINE_BREAKS)
def test_a_private_key_is_read_whatever_became_of_its_line_breaks(
    changed: Callable[[str], str],
) -> None:
    raw = json.dumps(key_file(changed(key_pem()))).encode()
    assert read_key_file(raw).private_key == key_pem()


def test_line_breaks_that_json_does_not_allow_are_read_and_so_is_the_older_form() -> None:
    raw = json.dumps(key_file()).replace("\\n", "\n").encode()
    assert read_key_file(raw).private_key == key_pem()
    older = key_file(key_pem(PrivateFormat.TraditionalOpenSSL))
    assert "BEGIN PRIVATE KEY" in read_key_file(json.dumps(older).encode()).private_key


def test_a_p12_in_base64_is_read() -> None:
    key = generate_private_key(65537, 2048)
    sealing = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000).build(b"notasecret")
    p12 = pkcs12.serialize_key_and_certificates(b"k", key, None, None, sealing)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for raw in (p12, base64.encodebytes(p12)):
        assert read_key_file(raw, email=ROBOT).private_key == pem
