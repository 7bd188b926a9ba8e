"""What of an exchange with Google may be kept and shown. Pure tables and functions.

Everything is decided by allow-list: what is not on one is replaced by its
length, so a field or header that Google adds tomorrow is hidden until somebody
has decided that it may be seen.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_FIELDS = frozenset(
    {
        # OAuth (contract §1.2): what was asked and answered, never with what.
        "grant_type",
        "redirect_uri",
        "scope",
        "expires_in",
        "refresh_token_expires_in",
        "token_type",
        "error",
        "error_description",
        "error_subtype",
        "error_uri",
        # Provisioning and Management API v3 (contract §3, §5).
        "webproperty",
        "profile",
        "items",
        "kind",
        "accountId",
        "webPropertyId",
        "websiteUrl",
        "timezone",
        "created",
        "totalResults",
        "startIndex",
        "itemsPerPage",
        # Admin API (contract §4) and Google's error bodies (contract §10).
        "account",
        "accounts",
        "accountSummaries",
        "propertySummaries",
        "displayName",
        "regionCode",
        "createTime",
        "updateTime",
        "deleted",
        "name",
        "parent",
        "property",
        "properties",
        "propertyType",
        "timeZone",
        "currencyCode",
        "industryCategory",
        "serviceLevel",
        "dataStreams",
        "type",
        "webStreamData",
        "defaultUri",
        "measurementId",
        "redirectUri",
        "canEdit",
        "code",
        "message",
        "status",
        "details",
        "reason",
        "domain",
        "metadata",
        "retryDelay",
        "@type",
        "service",
        "consumer",
        "fieldViolations",
        "description",
        "field",
        "errors",
    }
)
# Known by name, and never shown: these need not be looked through for secrets themselves.
_SECRETS = frozenset(
    {
        "access_token",
        "client_id",
        "client_secret",
        "code_verifier",
        "id_token",
        "refresh_token",
        "token",
    }
)
_NAMES = _FIELDS | _SECRETS
# `code` is Google's status number in answers, and a secret in what is sent.
_SECRET_WHEN_SENT = frozenset({"code"})
_PARAMETERS = frozenset(
    {"filter", "max-results", "start-index", "pageSize", "showDeleted", "updateMask", "version"}
)
_HEADERS = {
    name.lower(): name
    for name in (
        "Accept",
        "Accept-Encoding",
        "Age",
        "Alt-Svc",
        "Cache-Control",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Type",
        "Date",
        "Expires",
        "Host",
        "Pragma",
        "Retry-After",
        "Server",
        "Server-Timing",
        "Transfer-Encoding",
        "User-Agent",
        "Vary",
        "Via",
        "WWW-Authenticate",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "X-Goog-Api-Client",
        "X-Goog-Request-Params",
        "X-Goog-User-Project",
        "X-XSS-Protection",
    )
}
# Of these one exchange has the same as the next, and none of them can hold a secret.
_ALIKE = frozenset(
    {"accept", "accept-encoding", "content-length", "content-type", "date", "server"}
)
# A header whose first word says how one proves oneself, and whose rest is the proof.
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
# Google's tokens, codes and secrets, should a sentence of Google's quote one (contract §1.2).
_LOOKS_SECRET = re.compile(r"(?:ya29\.|GOCSPX-|AIza|eyJ|(?<![\w/])(?:1//|4/0))[A-Za-z0-9._~/+=-]+")
_HIDDEN = re.compile(r"\[\d+ characters\]")
_MAX_ITEMS = 20
_MAX_HEADERS = 40
_MAX_LENGTH = 500


def hidden(value: object) -> str:
    """What stands in place of `value`: its length."""
    return f"[{len(str(value))} characters]"


def is_hidden(value: object) -> bool:
    """Whether something stood here that is not shown."""
    return isinstance(value, str) and _HIDDEN.fullmatch(value) is not None


def shown(text: object) -> str:
    """`text`, cut to a bearable length and without anything in it that looks like a secret."""
    # Half a character or a NUL from a broken answer is nothing that a database takes.
    kept = str(text)[:_MAX_LENGTH].replace("\0", "").encode("utf-8", "replace").decode()
    return _LOOKS_SECRET.sub(lambda found: hidden(found[0]), kept)


def redacted(value: Any, name: str | None = None) -> Any:
    """`value` with every field that is not on the allow-list replaced by its length."""
    if isinstance(value, dict):
        return {
            key if key in _NAMES else shown(key): redacted(inner, key)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [redacted(inner, name) for inner in value[:_MAX_ITEMS]]
    if name in _FIELDS:
        return value if _is_plain(value) else shown(value)
    return hidden(value)


def _is_plain(value: object) -> bool:
    # Infinity and "not a number" are read from JSON by Python, and kept by no database.
    return value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value))


def redacted_request(body: Any) -> Any:
    """The body of a request, redacted; what is no JSON object or form is left out."""
    if not isinstance(body, dict):
        return {}
    secret = {name: hidden(body[name]) for name in _SECRET_WHEN_SENT & body.keys()}
    return {**redacted(body), **secret}


def redacted_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers under their usual names; of one that is not on the list only the length."""
    named = islice(headers.items(), _MAX_HEADERS)
    return dict(
        _redacted_header(str(name)[:60], str(value)) for name, value in named if _is_name(name)
    )


def _is_name(name: object) -> bool:
    return str(name)[:1].isalpha()


def _redacted_header(name: str, value: str) -> tuple[str, str]:
    lower = name.lower()
    usual = _HEADERS.get(lower)
    if usual:
        return usual, _often_shown(value) if lower in _ALIKE else shown(value)
    if lower in _CREDENTIALS:
        scheme, _, proof = value.partition(" ")
        said = f"{shown(scheme)} {hidden(proof)}" if proof else hidden(value)
        return shown(name.title()), said
    return shown(name.title()), hidden(value)


@lru_cache(maxsize=256)
def _often_shown(value: str) -> str:
    """What comes with a thousand exchanges a second is looked through once."""
    return shown(value)


def redacted_url(url: str) -> str:
    """`url` with those parameters of its query that are known to be harmless."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name in _PARAMETERS]
    kept = urlencode(query, safe=":/,")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, kept, ""))[:_MAX_LENGTH]
