"""What an OAuth client proves itself with, while one of its secrets takes another's place.

Google lets a client have two secrets at once, so that it is never without one
that works: the new one is tried first, the other where Google refuses it.
"""

from dataclasses import dataclass, field, replace

import structlog

from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.journal import Subject, write
from tokens.google.oauth import Asked, TokenAnswer, ask, callback_uri
from tokens.google.transport import run

log = structlog.get_logger(__name__)

# The secret of each client id that worked last in this process.
_proven: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """A client's id and its secrets, the newest first."""

    client_id: str
    secrets: tuple[str, ...] = field(repr=False)

    def in_order(self) -> list[str]:
        """The secrets as they are tried: the one that worked last goes first."""
        proven = _proven.get(self.client_id)
        return sorted(self.secrets, key=lambda secret: secret != proven)


async def ask_as(client: ClientCredentials, form: dict[str, str]) -> Asked:
    """Send a grant to the token endpoint in the name of `client`. Never raises.

    A refused secret does not use up what the grant carries: Google looks at the
    client first (RFC 6749 §3.2.1), so the next secret may be tried with the same.
    """
    first, *others = client.in_order()
    asked = await _ask_with(client, first, form)
    for secret in others:
        if asked.error is None or asked.error.trouble.code != "invalid_client":
            break
        refused = asked.entries
        asked = await _ask_with(client, secret, form)
        asked = replace(asked, refused=refused)
    return asked


async def _ask_with(client: ClientCredentials, secret: str, form: dict[str, str]) -> Asked:
    asked = await ask({**form, "client_id": client.client_id, "client_secret": secret})
    if asked.tokens is not None and _proven.get(client.client_id) != secret:
        _proven[client.client_id] = secret
        which = "newest" if secret == client.secrets[0] else "old"
        log.info("an OAuth client's secret works", client=client.client_id, secret_used=which)
    return asked


def exchange_code(
    client: ClientCredentials, *, code: str, code_verifier: str, subject: Subject
) -> TokenAnswer:
    """Redeem an authorisation code, once.

    Raises:
        GoogleError: Google refused it or did not answer.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback_uri(),
        "code_verifier": code_verifier,
    }
    asked = run(ask_as(client, form))
    for entry in asked.entries:
        write(subject, entry)
    if asked.tokens is None:
        raise asked.error or GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER))
    return asked.tokens


async def ask_refresh(client: ClientCredentials, refresh_token: str) -> Asked:
    """Ask for a new access token. Never raises, so that a batch of them is easily gathered.

    No scope is sent: asking for one that was not granted fails the refresh (contract §1.2).
    """
    return await ask_as(client, {"grant_type": "refresh_token", "refresh_token": refresh_token})


def forget_proven() -> None:
    """Forget which secrets have worked."""
    _proven.clear()
