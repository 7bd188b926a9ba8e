"""Checks id_tokens: who came back from Google (OpenID Connect Core §3.1.3.7, contract §1.5)."""

import hashlib
import hmac
import threading
import time
from dataclasses import dataclass

import jwt
from django.conf import settings

from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.transport import run, send

# Google's clock and ours may differ by a little; more than this is refused.
LEEWAY_SECONDS = 10
_KEYS_SECONDS = 3600.0
# An unknown key id makes us look for new keys, but not more often than this.
_REFETCH_SECONDS = 30.0


class Untrusted(Exception):
    """An id_token that does not prove anything. The message says which check failed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose Google account it is."""

    sub: str
    email: str
    name: str


_lock = threading.Lock()
_keys: dict[str, jwt.PyJWK] = {}
_fetched_at = float("-inf")


def identify(id_token: str | None, *, client_id: str, nonce_hash: str) -> Identity:
    """The identity that `id_token` proves for this client and this trip.

    Checks signature, issuer, audience, expiry and nonce.

    Raises:
        Untrusted: a check failed.
        GoogleError: Google's keys could not be fetched.
    """
    if not id_token:
        raise Untrusted("Google sent no id_token.")
    claims = _verified_claims(id_token, client_id)
    nonce = hashlib.sha256(str(claims.get("nonce", "")).encode()).hexdigest()
    if not hmac.compare_digest(nonce, nonce_hash):
        raise Untrusted("The id_token was made for another trip (nonce).")
    if claims.get("azp", client_id) != client_id:
        raise Untrusted("The id_token was issued to another client (azp).")
    email = str(claims.get("email", ""))
    if not email:
        raise Untrusted("The id_token names no e-mail address.")
    return Identity(str(claims["sub"])[:255], email, str(claims.get("name", "")))


def _verified_claims(id_token: str, client_id: str) -> dict[str, object]:
    try:
        key = _key_for(jwt.get_unverified_header(id_token).get("kid", ""))
        claims: dict[str, object] = jwt.decode(
            id_token,
            key,
            algorithms=["RS256"],
            audience=client_id,
            issuer=[settings.GOOGLE_ISSUER, settings.GOOGLE_ISSUER.removeprefix("https://")],
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise Untrusted(f"The id_token is not valid: {error}.") from error
    return claims


def _key_for(kid: str) -> jwt.PyJWK:
    global _fetched_at  # noqa: PLW0603  # Google's keys are the same for the whole process
    with _lock:
        age = time.monotonic() - _fetched_at
        if age > _KEYS_SECONDS or (kid not in _keys and age > _REFETCH_SECONDS):
            fresh = _fetch()
            _keys.clear()
            _keys.update(fresh)
            _fetched_at = time.monotonic()
        if kid not in _keys:
            raise Untrusted("The id_token is signed with a key that Google does not list.")
        return _keys[kid]


def _fetch() -> dict[str, jwt.PyJWK]:
    answer = run(send("GET", settings.GOOGLE_CERTS_URL))
    keys = (answer.body or {}).get("keys")
    if answer.status != 200 or not isinstance(keys, list):
        raise GoogleError(Trouble(ErrorKind.UNAVAILABLE, answer.status))
    return {key.key_id: key for key in jwt.PyJWKSet(keys).keys if key.key_id}


def forget_keys() -> None:
    """Fetch Google's keys anew at the next check."""
    global _fetched_at  # noqa: PLW0603  # see _key_for
    with _lock:
        _keys.clear()
        _fetched_at = float("-inf")
