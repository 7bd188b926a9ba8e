"""Reads files of OAuth clients, `client_secret_….json`. Pure; keeps and echoes nothing.

Every refusal is a sentence of our own: none quotes the file.
"""

import re
from dataclasses import dataclass, field

from tokens.files.json_files import UnreadableFile, is_der, read_object, unwrap

LARGEST = 32_768
_CLIENT_ID = re.compile(r"[\w.-]{1,200}\.apps\.googleusercontent\.com", re.ASCII)
_SECRET = re.compile(r"[!-~]{10,200}", re.ASCII)
_NEEDED = ("client_id", "client_secret")
_AGAIN = "Download the file of the OAuth client from Google Cloud again."
_KINDS = {
    "service_account": "This is the key of a service account. Its place is Credentials, Add a "
    "service account.",
    "authorized_user": "This file holds the permission of a single person (gcloud wrote it). "
    "The portal needs the OAuth client's own file.",
    "external_account": "This file belongs to workload identity federation. The portal needs the "
    "OAuth client's own file.",
}


class BadClientFile(Exception):
    """The client cannot be used. `str()` says why, and what to do, in words for people."""


@dataclass(frozen=True, slots=True)
class ClientFile:
    """An OAuth client of the type Web application; `returns` is None where it was typed."""

    client_id: str
    secret: str = field(repr=False)
    project: str = ""
    returns: list[str] | None = None


def read_client_file(raw: bytes) -> ClientFile:
    """The client of a file as Google hands it out.

    Raises:
        BadClientFile: it is too large, broken, of another type of client, or another kind of file.
    """
    if len(raw) > LARGEST:
        raise BadClientFile("The file is too large: those of OAuth clients have less than 1 kB.")
    if not raw.strip():
        raise BadClientFile(f"The file is empty. {_AGAIN}")
    try:
        content = unwrap(raw)
        if is_der(content) or content[:1] not in b"{\"'":
            raise BadClientFile(
                "This is no JSON file. The right one is named client_secret_….json."
            )
        return _from_web(_web(read_object(content)))
    except UnreadableFile as error:
        raise BadClientFile(f"{error} {_AGAIN}") from None


def _web(body: dict[str, object]) -> dict[str, object]:
    if "installed" in body:
        raise BadClientFile(
            "This OAuth client is of the type Desktop app (“installed”): its place is a program on "
            "somebody's own computer. The portal is a web server: create a client of the type "
            "Web application."
        )
    kind = body.get("type")
    if isinstance(kind, str) and kind in _KINDS:
        raise BadClientFile(_KINDS[kind])
    web = body.get("web")
    if not isinstance(web, dict):
        raise BadClientFile("This JSON file is not that of an OAuth client.")
    return web


def _from_web(web: dict[str, object]) -> ClientFile:
    missing = [name for name in _NEEDED if not isinstance(web.get(name), str) or not web[name]]
    if missing:
        raise BadClientFile(
            f"The file lacks {' and '.join(missing)}. Google hands a secret out only when it is "
            "made: add a secret to the client, and download the file then."
        )
    returns = web.get("redirect_uris") or []
    if not isinstance(returns, list):
        raise BadClientFile(f"The file's redirect_uris are no list. {_AGAIN}")
    project = web.get("project_id")
    return checked(
        ClientFile(
            str(web["client_id"]).strip(),
            str(web["client_secret"]).strip(),
            project[:100] if isinstance(project, str) else "",
            [str(uri) for uri in returns],
        )
    )


def checked(client: ClientFile) -> ClientFile:
    """The client itself, if its id and secret look like Google's.

    Raises:
        BadClientFile: they do not.
    """
    if not _CLIENT_ID.fullmatch(client.client_id):
        raise BadClientFile(
            "The client id is none of Google's: .apps.googleusercontent.com ends it."
        )
    if not _SECRET.fullmatch(client.secret):
        raise BadClientFile("The client secret is none of Google's: those have no spaces.")
    return client
