"""Turns the Admin API's errors into the portal's one error type (contract §10)."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from provisioning.analytics.google.quotas import day_ends
from tokens.api_keys.google import key_refused
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.plausible import DAY, retry_after_seconds, seconds, text
from tokens.google.transport import json_object

_LIMIT_REASONS = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "dailyLimitExceeded",
        "quotaExceeded",
        "RATE_LIMIT_EXCEEDED",
    }
)
# The older form, which says whose limit it is by its reason alone.
_PER_USER_REASON = "userRateLimitExceeded"
_PER_USER = "PerUser"
# Comes without a word about when to come back.
_DAILY = "dailyLimitExceeded"
_SCOPE_REASONS = frozenset(
    {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientScopes", "insufficient_scope"}
)
_DISABLED_REASONS = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})

_BY_STATUS: dict[int, ErrorKind] = {
    400: ErrorKind.INVALID,
    401: ErrorKind.UNAUTHENTICATED,
    403: ErrorKind.FORBIDDEN,
    404: ErrorKind.NOT_FOUND,
    408: ErrorKind.TIMEOUT,
    409: ErrorKind.CONFLICT,
    410: ErrorKind.API_GONE,
    412: ErrorKind.CONFLICT,
    429: ErrorKind.RATE_LIMITED,
}


def api_error(status: int, content: bytes, headers: Mapping[str, str]) -> GoogleError:
    """The error that an answer other than success stands for."""
    error = _error_object(content)
    reasons = _reasons(error) | _challenge(headers)
    wait = retry_after_seconds(headers.get("retry-after")) or _retry_info(error)
    message = text(error.get("message", ""), 200)
    code = text(error.get("status") or min(reasons, default=""), 60)
    if refused := key_refused(status, reasons, message):
        return GoogleError(Trouble(ErrorKind.KEY_REFUSED, status, refused, message))
    if _DAILY in reasons:
        wait = (day_ends(timezone.now()) - timezone.now()).total_seconds()
    quota = _quota(error) or (_PER_USER if _PER_USER_REASON in reasons else "")
    return GoogleError(Trouble(_kind(status, reasons), status, code, message, wait, quota))


def _kind(status: int, reasons: set[str]) -> ErrorKind:
    if status == 403 and reasons & _LIMIT_REASONS:
        return ErrorKind.RATE_LIMITED
    if status == 403 and reasons & _SCOPE_REASONS:
        return ErrorKind.SCOPE_MISSING
    if status == 403 and reasons & _DISABLED_REASONS:
        return ErrorKind.API_DISABLED
    if status >= 500:
        return ErrorKind.UNAVAILABLE
    return _BY_STATUS.get(status, ErrorKind.MALFORMED_ANSWER)


def _error_object(content: bytes) -> dict[str, Any]:
    error = (json_object(content) or {}).get("error")
    return error if isinstance(error, dict) else {}


def _listed(error: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """What stands in a list of an error, of whatever kind it is."""
    items = error.get(name)
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _reasons(error: dict[str, Any]) -> set[str]:
    listed = [*_listed(error, "errors"), *_listed(error, "details")]
    return {text(item["reason"], 60) for item in listed if "reason" in item}


def _challenge(headers: Mapping[str, str]) -> set[str]:
    """v3 has one reason for missing scopes and missing access; only this header tells which."""
    challenge = headers.get("www-authenticate", "")
    return {"insufficient_scope"} if 'error="insufficient_scope"' in challenge else set()


def _retry_info(error: dict[str, Any]) -> float | None:
    delays = [detail.get("retryDelay") for detail in _listed(error, "details")]
    found = [one.removesuffix("s") for one in delays if isinstance(one, str) and one.endswith("s")]
    return seconds(found[0], DAY) if found else None


def _quota(error: dict[str, Any]) -> str:
    """Which quota is used up, by Google's names for its limit and for what it counts."""
    for detail in _listed(error, "details"):
        metadata = detail.get("metadata")
        if isinstance(metadata, dict) and metadata.get("quota_limit"):
            named = (metadata.get("quota_metric", ""), metadata["quota_limit"])
            return " ".join(text(name, 100) for name in named).strip()
    return ""
