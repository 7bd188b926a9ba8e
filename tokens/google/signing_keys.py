"""Google's public keys, with which id_tokens are signed (OpenID Connect Core §10.1).

Kept for an hour and for the whole process. A key id that nobody knows is looked up at once, since
keys may be replaced at any moment; the same one is not looked up again for a while. What arrives
here comes from the token endpoint, after a code was redeemed, so strangers cannot make us look.
"""

import threading
import time

import jwt
from django.conf import settings

from accounts.values.expiring_cache import ExpiringCache
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.transport import run, send

_KEPT_SECONDS = 3600.0
_AGAIN_SECONDS = 30.0
_MOST_LOOKED_FOR = 1_000

# Held by whoever asks Google; those whose key is known never wait for it.
_fetching = threading.Lock()
_keys: tuple[jwt.PyJWK, ...] = ()
_fetched_at = float("-inf")
# When the keys were last fetched for the sake of a key id, or of one whose key did not fit.
_looked_for: ExpiringCache[tuple[str, bool], float] = ExpiringCache(_MOST_LOOKED_FOR)


def key_for(kid: str) -> jwt.PyJWK | None:
    """The key that a token with this key id is signed with; None when Google lists none.

    Without a key id, or when the keys have none, it is the only key there is: of several
    nobody can tell which (OpenID Connect Core §10.1).

    Raises:
        GoogleError: Google's keys could not be fetched.
    """
    if not _is_current():
        with _fetching:
            if not _is_current():
                _fetch()
    return _fitting(kid) or _looked_up(kid, instead_of=None)


def key_instead_of(key: jwt.PyJWK, kid: str) -> jwt.PyJWK | None:
    """Another key for `kid`, fetched now: one that took the place of `key` under the same name.

    Raises:
        GoogleError: Google's keys could not be fetched.
    """
    return _looked_up(kid, instead_of=key)


def forget_keys() -> None:
    """Fetch Google's keys anew at the next check."""
    global _fetched_at, _keys  # Google's keys are the same for the whole process
    with _fetching:
        _keys, _fetched_at = (), float("-inf")
        _looked_for.forget()


def _is_current() -> bool:
    return time.monotonic() - _fetched_at <= _KEPT_SECONDS


def _fitting(kid: str) -> jwt.PyJWK | None:
    named = [key for key in _keys if kid and key.key_id == kid]
    if named:
        return named[0]
    only = _keys[0] if len(_keys) == 1 else None
    return only if only is not None and not (kid and only.key_id) else None


def _looked_up(kid: str, *, instead_of: jwt.PyJWK | None) -> jwt.PyJWK | None:
    """Fetch the keys for the sake of `kid`, unless that was done a moment ago.

    Whoever comes with the same key id meanwhile waits here, and finds what was fetched.
    """
    what = (kid, instead_of is None)
    with _fetching:
        found = _fitting(kid)
        if found is instead_of and not _looked_for.get(what):
            _fetch()
            _looked_for.put(what, time.monotonic(), seconds=_AGAIN_SECONDS)
            found = _fitting(kid)
    return None if found is instead_of else found


def _fetch() -> None:
    global _fetched_at, _keys  # see forget_keys
    answer = run(send("GET", settings.GOOGLE_CERTS_URL))
    listed = (answer.body or {}).get("keys")
    if answer.status != 200 or not isinstance(listed, list):
        raise GoogleError(Trouble(ErrorKind.UNAVAILABLE, answer.status))
    usable = tuple(key for one in listed if (key := _signing_key(one)) is not None)
    _keys, _fetched_at = usable, time.monotonic()


def _signing_key(listed: object) -> jwt.PyJWK | None:
    """A key that RS256 signatures are checked with; None for what is for something else."""
    if not isinstance(listed, dict) or listed.get("kty") != "RSA":
        return None
    if listed.get("use", "sig") != "sig" or listed.get("alg", "RS256") != "RS256":
        return None
    try:
        return jwt.PyJWK(listed, algorithm="RS256")
    except (jwt.PyJWKError, jwt.InvalidKeyError, ValueError, TypeError):
        return None
