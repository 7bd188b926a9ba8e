"""Who came back from Google: id_token and userinfo (OpenID Connect Core §3.1.3.7, §5.3, §5.4)."""

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jwt
from django.conf import settings

from accounts.values.email_address import LONGEST, BadAddress, cleaned
from accounts.values.text import seen
from tokens.exchanges.recording import Entry, Subject, write
from tokens.google import plausible
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.signing_keys import key_for, key_instead_of
from tokens.google.transport import run, send

# OpenID Connect Core §2: at most 255 ASCII characters. Two that are cut off would be one.
_SUB = re.compile(r"[\x21-\x7e]{1,255}")
_LONGEST_NAME, _LONGEST_NONCE = 150, 255
# Google's clock and ours may differ by a little; more than this is refused.
LEEWAY_SECONDS = 10


class Untrusted(Exception):
    """An answer that does not prove who came. The message says which check failed, for staff."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose Google account it is. Nothing is mailed to an address that is not `verified`."""

    sub: str
    email: str
    name: str
    verified: bool = False


def identify(id_token: str | None, *, client_id: str, nonce_hash: str | None) -> Identity:
    """The identity that `id_token` proves for this client and this flow.

    Checks signature, issuer, audience, expiry and nonce; None for the hash of the nonce where
    none was sent, as when django-allauth begins a sign-in, which PKCE binds to its browser. The
    e-mail address may be empty: the standard lets a server tell it by userinfo only.

    Raises:
        Untrusted: a check failed.
        GoogleError: Google's keys could not be fetched.
    """
    if not id_token:
        raise Untrusted("The answer carries no id_token.")
    claims = _verified_claims(id_token, client_id)
    said = plausible.text(claims.get("nonce", ""), _LONGEST_NONCE)
    nonce = hashlib.sha256(said.encode()).hexdigest()
    if nonce_hash is not None and not hmac.compare_digest(nonce, nonce_hash):
        raise Untrusted("The id_token was made for another sign-in (nonce).")
    if claims.get("azp", client_id) != client_id:
        named = seen(plausible.text(claims["azp"], 100))
        raise Untrusted(f"The id_token was issued to another client (azp {named}).")
    return _identity(claims)


def with_address(identity: Identity, access_token: str, subject: Subject | None) -> Identity:
    """`identity` with an e-mail address, asked for at userinfo where the id_token had none.

    Written down for `subject`; a sign-in, of which no tenant is known, has none.

    Raises:
        Untrusted: userinfo speaks of somebody else, or names no address either.
        GoogleError: it refused or did not answer.
    """
    if identity.email:
        return identity
    told = _identity(_userinfo(access_token, subject))
    if told.sub != identity.sub:
        # OpenID Connect Core §5.3.2: such an answer must not be used.
        raise Untrusted("Userinfo speaks of another account than the id_token (sub).")
    if not told.email:
        raise Untrusted("Neither the id_token nor userinfo names an e-mail address.")
    return replace(told, name=told.name or identity.name)


def _identity(claims: Mapping[str, Any]) -> Identity:
    """From claims in either of Google's spellings: OpenID Connect, and v2 of userinfo."""
    sub = claims.get("sub") or claims.get("id")
    if not isinstance(sub, str) or not _SUB.fullmatch(sub):
        raise Untrusted("The answer names no account (sub) that OpenID Connect allows.")
    verified = claims.get("email_verified", claims.get("verified_email"))
    # Some servers write truth as a string.
    is_verified = verified is True or str(verified).lower() == "true"
    email, is_address = _address(plausible.text(claims.get("email") or "", LONGEST))
    name = seen(plausible.text(claims.get("name") or "", _LONGEST_NAME))
    return Identity(sub, email, name, verified=is_verified and is_address)


def _address(said: str) -> tuple[str, bool]:
    """An address as the portal keeps it, and whether mail can be sent to it."""
    try:
        return cleaned(said), True
    except BadAddress:
        # Still the name by which people know their Google account.
        return seen(said), False


def _verified_claims(id_token: str, client_id: str) -> dict[str, Any]:
    try:
        kid = str(jwt.get_unverified_header(id_token).get("kid") or "")
        key = _known(key_for(kid), kid)
        try:
            return _decoded(id_token, key, client_id)
        except jwt.InvalidSignatureError:
            # A key may have taken another's place under the same name, or under none.
            other = key_instead_of(key, kid)
            if other is None:
                raise
            return _decoded(id_token, other, client_id)
    except jwt.InvalidIssuerError as error:
        said = f"The id_token is from {_claim(id_token, 'iss')}"
        raise Untrusted(f"{said}; GOOGLE_ISSUER is {settings.GOOGLE_ISSUER}.") from error
    except jwt.InvalidAudienceError as error:
        said = f"The id_token is for {_claim(id_token, 'aud')}, not for {client_id}."
        raise Untrusted(said) from error
    except jwt.InvalidSignatureError as error:
        raise Untrusted(
            "No key that GOOGLE_CERTS_URL lists made the signature of the id_token."
        ) from error
    except (jwt.PyJWTError, RecursionError) as error:
        why = seen(plausible.text(error, 200)).rstrip(".")
        raise Untrusted(f"The id_token is not valid: {why}.") from error


def _known(key: jwt.PyJWK | None, kid: str) -> jwt.PyJWK:
    if key is None:
        named = f"the key {seen(kid[:60])}" if kid else "a key that it does not name"
        raise Untrusted(f"The id_token is signed with {named}; GOOGLE_CERTS_URL does not list it.")
    return key


def _decoded(id_token: str, key: jwt.PyJWK, client_id: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        id_token,
        key,
        algorithms=["RS256"],
        audience=client_id,
        issuer=[settings.GOOGLE_ISSUER, settings.GOOGLE_ISSUER.removeprefix("https://")],
        leeway=LEEWAY_SECONDS,
        options={"require": ["exp", "iat", "aud", "iss", "sub"]},
    )
    return claims


def _claim(id_token: str, name: str) -> str:
    """A claim of a token that is refused, to name it in the reason."""
    claims = jwt.decode(id_token, options={"verify_signature": False})
    return seen(plausible.text(claims.get(name), 100))


def _userinfo(access_token: str, subject: Subject | None) -> dict[str, Any]:
    url, started = settings.GOOGLE_USERINFO_URL, time.monotonic()
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
    try:
        answer = run(send("GET", url, headers=headers))
    except GoogleError as error:
        took = round((time.monotonic() - started) * 1000)
        status = error.trouble.status
        _record(subject, Entry("GET", url, None, status, None, took, error.kind, headers))
        raise
    usable = answer.status == 200 and answer.body is not None
    kind = "" if usable else ErrorKind.MALFORMED_ANSWER.value
    took, said = answer.duration_ms, answer.headers
    entry = Entry("GET", url, None, answer.status, answer.body, took, kind, headers, said)
    _record(subject, entry)
    if answer.status == 429 or answer.status >= 500:
        raise GoogleError(Trouble(ErrorKind.UNAVAILABLE, answer.status))
    if not usable:
        raise Untrusted(f"Userinfo answered {answer.status} without the account's address.")
    return answer.body or {}


def _record(subject: Subject | None, entry: Entry) -> None:
    if subject is not None:
        write(subject, entry)
