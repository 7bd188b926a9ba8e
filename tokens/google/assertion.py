"""Access tokens of service accounts: the JWT bearer grant (contract §2)."""

import time
from dataclasses import dataclass, field
from typing import cast

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tokens.exchanges.recording import Subject, write
from tokens.google.errors import ErrorKind, GoogleError, Trouble
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
    assertion = jwt.encode(claims, _loaded(signer), algorithm="RS256", headers=headers)
    asked = run(ask({"grant_type": _GRANT_TYPE, "assertion": assertion}))
    write(subject, asked.entry)
    if asked.tokens is None:
        raise asked.error or GoogleError(Trouble(ErrorKind.MALFORMED_ANSWER))
    return asked.tokens


def _loaded(signer: Signer) -> RSAPrivateKey:
    # Whether the key's numbers belong together was found out when its file was read. That takes
    # fifty times as long as signing, so it is not done again for each token.
    pem = signer.private_key.encode()
    key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    return cast("RSAPrivateKey", key)
