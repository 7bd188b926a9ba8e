"""The portal's OAuth client for terminals: an installed app, as the Google console hands it out.

Its file is `GOOGLE_INSTALLED_CLIENT_FILE`, for every process: workers refresh with it what a
terminal has connected. Every refusal is a sentence of our own: none quotes the file.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from tokens.files.json_files import UnreadableFile, read_object, unwrap

_CONSOLE = "In the Google console make a client of the type Desktop app and download its file."


class BadClientFile(Exception):
    """The file cannot be used. `str()` says why, and what to do, in words for people."""


@dataclass(frozen=True, slots=True)
class InstalledClient:
    """What the file says."""

    client_id: str
    secret: str = field(repr=False)


def installed_client() -> InstalledClient | None:
    """The client that the settings name; None when they name none.

    Raises:
        BadClientFile: its file cannot be used.
    """
    path = settings.GOOGLE_INSTALLED_CLIENT_FILE
    return _read(path) if path else None


# A change of it needs a restart, as that of every setting does.
@lru_cache(maxsize=8)
def _read(path: str) -> InstalledClient:
    try:
        body = read_object(unwrap(Path(path).read_bytes()))
    except OSError as error:
        raise BadClientFile(f"It cannot be read: {error.strerror}.") from error
    except UnreadableFile as error:
        raise BadClientFile(f"{error} {_CONSOLE}") from None
    _refuse_other_kinds(body)
    client = body.get("installed")
    known = client if isinstance(client, dict) else {}
    client_id, secret = known.get("client_id"), known.get("client_secret")
    if not (isinstance(client_id, str) and isinstance(secret, str) and client_id and secret):
        raise BadClientFile(f"It is not the file of an OAuth client. {_CONSOLE}")
    return InstalledClient(client_id, secret)


def _refuse_other_kinds(body: dict[str, object]) -> None:
    if "web" in body:
        raise BadClientFile(
            "It is the file of a web client, which Google does not let return to a terminal. "
            f"Web clients belong in GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET. {_CONSOLE}"
        )
    if body.get("type") == "service_account":
        raise BadClientFile(
            "It is the key of a service account, which signs nobody in. Upload it on the page "
            f"Credentials instead. {_CONSOLE}"
        )
