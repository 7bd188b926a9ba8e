"""Access tokens of service accounts: the JWT bearer grant (contract §2)."""

import time
from dataclasses import dataclass, field

import jwt

from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.journal import Subject, write
from tokens.google.oauth import TokenAnswer, ask
from tokens.google.transport import run

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Google checks for this very audience, wherever the token endpoint is reached.
_AUDIENCE = "https://oauth2.googleapis.com/token"
_LIFETIME = 3600


@dataclass(frozen=True, slots=True)
class Signer:
    """A service account and the key with which it signs."""

    email: str
    kid: str
    private_key: str = field(repr=False)


def grant(signer: Signer, scopes: frozenset[str], subject: Subject) -> TokenAnswer:
    """An access token for a service account.

    Raises:
        GoogleError: Google refused it or did not answer.
    """
    now = int(time.time())
    claims = {
        "iss": signer.email,
        "scope": " ".join(sorted(scopes)),
        "aud": _AUDIENCE,
        "iat": now,
        "exp": now + _LIFETIME,
    }
    headers = {"kid": signer.kid} if signer.kid else None
    assertion = jwt.encode(claims, signer.private_key, algorithm="RS256", headers=headers)
    asked = run(ask({"grant_type": _GRANT_TYPE, "assertion": assertion}))
    write(subject, asked.entry)
    if asked.tokens is None:
        raise asked.error or GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER))
    return asked.tokens
