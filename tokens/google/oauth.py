"""Google's authorisation and token endpoints (contract §1.1, §1.2, §1.4; RFC 6749, RFC 7636)."""

import time
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from tokens.exchanges.recording import Entry
from tokens.google import plausible
from tokens.google.errors import ErrorKind, GoogleError, Trouble, token_trouble
from tokens.google.transport import FORM_HEADERS, Answer, send


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A token endpoint's success. Lifetimes are in seconds from when the answer came.

    `scope` is None where the answer names none: then it is as asked for, or as it was before
    (RFC 6749 §5.1, §6).
    """

    access_token: str = field(repr=False)
    expires_in: int
    scope: str | None
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_in: int | None = None
    id_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Expect:
    """Whom Google should expect, whether to show the consent page, where a terminal waits."""

    email: str
    consent: bool
    redirect_uri: str = ""


def authorize_url(
    client_id: str,
    *,
    state: str,
    nonce: str,
    challenge: str,
    scopes: str,
    expect: Expect,
) -> str:
    """The address of the consent page for one flow.

    Asks for offline access. Google hands out a refresh token only when consent is
    shown (contract §1.2): always if we ask for it, else only to whoever has not
    granted all of it before. Scopes granted earlier are kept.
    """
    prompt = ("" if expect.email else "select_account ") + ("consent" if expect.consent else "")
    query = {
        "client_id": client_id,
        "redirect_uri": expect.redirect_uri or callback_uri(),
        "response_type": "code",
        "scope": scopes,
        "access_type": "offline",
        "include_granted_scopes": "true",
        "prompt": prompt.strip(),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if expect.email:
        query["login_hint"] = expect.email
    query = {name: value for name, value in query.items() if value}
    return f"{settings.GOOGLE_AUTHORIZE_URL}?{urlencode(query)}"


def callback_uri() -> str:
    """The one address that consent pages return to in a browser; register it exactly so."""
    return f"{settings.BASE_URL}/google/callback/"


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one request to the token endpoint: tokens or an error, and its record."""

    entry: Entry
    tokens: TokenAnswer | None = None
    error: GoogleError | None = None
    # The same request before, with another secret of the client, which Google refused.
    refused: tuple[Entry, ...] = ()
    # The rows of the secrets that Google accepted and refused, where rows hold them.
    secret_accepted: UUID | None = None
    secrets_refused: tuple[UUID, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that was said to Google, in its order."""
        return (*self.refused, self.entry)


async def ask(form: dict[str, str]) -> Asked:
    """Send any grant to the token endpoint. Never raises."""
    url = settings.GOOGLE_TOKEN_URL
    started = time.monotonic()
    try:
        answer = await send("POST", url, form=form)
    except GoogleError as error:
        duration = round((time.monotonic() - started) * 1000)
        status = error.trouble.status
        entry = Entry("POST", url, form, status, None, duration, error.kind, FORM_HEADERS)
        return Asked(entry, error=error)
    trouble = _trouble(answer)
    kind = trouble.kind.value if trouble else ""
    entry = Entry(
        "POST",
        url,
        form,
        answer.status,
        answer.body,
        answer.duration_ms,
        kind,
        FORM_HEADERS,
        answer.headers,
    )
    if trouble:
        return Asked(entry, error=GoogleError(trouble))
    return Asked(entry, tokens=_tokens(answer))


def _trouble(answer: Answer) -> Trouble | None:
    if answer.status != 200:
        return token_trouble(answer.status, answer.body, answer.retry_after)
    if answer.body is None or plausible.token(answer.body.get("access_token")) is None:
        return Trouble(ErrorKind.MALFORMED_ANSWER, answer.status)
    token_type = answer.body.get("token_type", "Bearer")
    if str(token_type).lower() != "bearer":
        # RFC 6749 §7.1: a token of a type that one does not understand must not be used.
        kind = plausible.text(token_type, 40)
        said = f"The access token is of the type {kind}; only Bearer can be used."
        return Trouble(ErrorKind.TOKEN_UNUSABLE, answer.status, message=said)
    return None


def _tokens(answer: Answer) -> TokenAnswer:
    body = answer.body or {}
    return TokenAnswer(
        access_token=body["access_token"],
        expires_in=plausible.lifetime(body.get("expires_in")),
        scope=plausible.scope(body.get("scope")),
        refresh_token=plausible.token(body.get("refresh_token")),
        refresh_expires_in=plausible.grant_lifetime(body.get("refresh_token_expires_in")),
        id_token=plausible.token(body.get("id_token")),
    )
