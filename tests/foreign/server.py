"""Foreign OAuth servers: brought by npm, started, and walked through as a person does."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import requests

from tests.test_house.source import ROOT
from tokens.google.scopes import ASKED

# Exact versions, and no lock file: it would name the registry that it was made with.
PACKAGES = {"emulate": "0.12.2", "oauth2-mock-server": "9.3.0", "oidc-provider": "9.13.3"}
FOLDER = ROOT / ".foreign"
_SERVERS = Path(__file__).parent / "servers"
_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_ACTION = re.compile(r'<form[^>]* action="([^"]+)"')

CLIENT_ID = "portal"
CLIENT_SECRET = "GOCSPX-emu-foreign"  # of servers that live for one test
REDIRECT_URI = "http://testserver/google/callback/"
EMAIL = "agency@gmail.example"


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the servers: where its endpoints are, and whether it rotates refresh tokens."""

    name: str
    authorize: str
    token: str
    revoke: str
    certs: str
    userinfo: str
    rotates: bool


KINDS = (
    Kind("oidc-provider", "/auth", "/token", "/token/revocation", "/jwks", "/me", rotates=True),
    Kind(
        "emulate",
        "/o/oauth2/v2/auth",
        "/oauth2/token",
        "/oauth2/revoke",
        "/oauth2/v3/certs",
        "/oauth2/v2/userinfo",
        rotates=False,
    ),
    Kind(
        "oauth2-mock-server", "/authorize", "/token", "/revoke", "/jwks", "/userinfo", rotates=True
    ),
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    kind: Kind
    origin: str

    def settings(self) -> dict[str, str]:
        """The configuration of a portal that takes it for Google."""
        kind = self.kind
        return {
            "GOOGLE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
            "GOOGLE_ISSUER": self.origin,
            "GOOGLE_AUTHORIZE_URL": f"{self.origin}{kind.authorize}",
            "GOOGLE_TOKEN_URL": f"{self.origin}{kind.token}",
            "GOOGLE_REVOKE_URL": f"{self.origin}{kind.revoke}",
            "GOOGLE_CERTS_URL": f"{self.origin}{kind.certs}",
            "GOOGLE_USERINFO_URL": f"{self.origin}{kind.userinfo}",
        }

    def consent(self, address: str) -> str:
        """Go through its pages from `address` on; returns the address that leads back."""
        browser = requests.Session()
        answer = browser.get(address, allow_redirects=False, timeout=10)
        for _ in range(10):
            if answer.is_redirect:
                address = urljoin(answer.url, answer.headers["Location"])
                if address.startswith(REDIRECT_URI):
                    return address
                answer = browser.get(address, allow_redirects=False, timeout=10)
            else:
                assert answer.ok, answer.text
                answer = self._answer_form(browser, answer)
        raise AssertionError(f"{self.kind.name} leads nowhere: {answer.url}")

    def _answer_form(self, browser: requests.Session, page: requests.Response) -> requests.Response:
        action = _ACTION.search(page.text)
        assert action, page.text
        fields = {name: unescape(value) for name, value in _INPUT.findall(page.text)}
        address = urljoin(page.url, unescape(action[1]))
        return browser.post(address, data=fields, allow_redirects=False, timeout=10)

    def ask(self, endpoint: str, **form: str) -> requests.Response:
        """Send a form to one of its endpoints in the name of the client, beside the portal."""
        proof = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return requests.post(f"{self.origin}{endpoint}", data={**form, **proof}, timeout=10)


def install() -> None:
    """Have npm fetch the packages into an ignored folder, unless they are there already."""
    stamp, wanted = FOLDER / "installed", "\n".join(f"{n}@{v}" for n, v in PACKAGES.items())
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true}\n', "utf-8")
    quiet = ("--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")
    command = [_program("npm"), "install", *quiet, *wanted.split()]
    subprocess.run(command, cwd=FOLDER, check=True)  # noqa: S603  # nothing but words of our own
    stamp.write_text(wanted, "utf-8")


@contextmanager
def running(kind: Kind) -> Iterator[Server]:
    """One server from here on, on a free port of this machine, until the block ends."""
    port = _free_port()
    # Modules look for packages beside themselves.
    script = shutil.copy(_SERVERS / f"{kind.name}.mjs", FOLDER)
    about = [str(port), CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, EMAIL, " ".join(ASKED)]
    with subprocess.Popen(  # noqa: S603  # likewise
        [_program("node"), str(script), *about], cwd=FOLDER, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            # Ends without it when the server ends instead of starting.
            assert any(line.strip() == "ready" for line in process.stdout), f"no {kind.name}"
            yield Server(kind, f"http://localhost:{port}")
        finally:
            process.terminate()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed; `make test-foreign` needs Node and npm.")
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
