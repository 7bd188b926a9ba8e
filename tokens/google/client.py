"""What an OAuth client proves itself with, while one of its secrets takes another's place.

Google lets a client have two secrets at once, so that it is never without one
that works: the new one is tried first, the other where Google refuses it.
"""

from dataclasses import dataclass, field, replace
from uuid import UUID

import structlog

from accounts.values.expiring_cache import ExpiringCache
from tokens.exchanges.recording import Subject, write
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.oauth import Asked, TokenAnswer, ask, callback_uri
from tokens.google.transport import run

log = structlog.get_logger(__name__)

# A refresh token that nobody has ever been given: the answer to it is about the client alone.
_NOBODYS = "1//asked-by-the-portal-to-try-an-oauth-client"
_CACHE_SIZE = 2_000


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret, and the row that holds it: none for those of the environment."""

    value: str = field(repr=False)
    row: UUID | None = None


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """A client's id and its secrets, the newest first."""

    client_id: str
    secrets: tuple[Secret, ...] = field(repr=False)

    def in_order(self) -> list[Secret]:
        """The secrets as they are tried: the one that worked last goes first."""
        proven = _proven.get(self)
        return sorted(self.secrets, key=lambda secret: secret != proven)


# Of each client with two secrets: which worked last in this process.
_proven: ExpiringCache[ClientCredentials, Secret] = ExpiringCache(_CACHE_SIZE)


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
        before = asked
        asked = await _ask_with(client, secret, form)
        asked = replace(
            asked,
            refused=before.entries,
            secrets_refused=(*before.secrets_refused, *asked.secrets_refused),
        )
    return asked


async def _ask_with(client: ClientCredentials, secret: Secret, form: dict[str, str]) -> Asked:
    asked = await ask({**form, "client_id": client.client_id, "client_secret": secret.value})
    if asked.tokens is not None and _proven.get(client) != secret:
        _proven.put(client, secret)
        which = "newest" if secret == client.secrets[0] else "old"
        log.info("an OAuth client's secret works", client=client.client_id, secret_used=which)
    if secret.row is None:
        return asked
    if asked.tokens is not None:
        return replace(asked, secret_accepted=secret.row)
    if asked.error is not None and asked.error.trouble.code == "invalid_client":
        return replace(asked, secrets_refused=(secret.row,))
    return asked


def exchange_code(
    client: ClientCredentials,
    *,
    code: str,
    code_verifier: str,
    subject: Subject,
    redirect_uri: str = "",
) -> TokenAnswer:
    """Redeem an authorisation code, once, naming the address that it came to.

    Raises:
        GoogleError: Google refused it or did not answer.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri or callback_uri(),
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


def try_client(client: ClientCredentials, subject: Subject | None) -> None:
    """Find out whether Google accepts `client` and its secret, at the cost of nothing.

    What was said is kept in the record of `subject`'s tenant; the portal itself has none.

    Google looks at the client before the grant: `invalid_client` says that the client or its
    secret is wrong, `invalid_grant` that only the grant is, which no one has given (contract §1.2).

    Raises:
        GoogleError: it is refused (`client_refused`), or Google could not be asked.
    """
    asked = run(ask_refresh(client, _NOBODYS))
    accepted = asked.error is None or asked.error.kind is ErrorKind.GRANT_DEAD
    if subject is not None:
        *before, last = asked.entries
        for entry in (*before, replace(last, error="client_accepted") if accepted else last):
            write(subject, entry)
    if asked.error is not None and not accepted:
        raise asked.error


def forget_proven() -> None:
    """Forget which secrets have worked."""
    _proven.forget()
