"""Turns the Admin API's errors into the portal's one error type (contract §10)."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from provisioning.google.quotas import day_ends
from tokens.google.api_keys import key_refused
from tokens.google.errors import ErrorKind, GoogleError, Trouble
from tokens.google.transport import retry_after_seconds

_LIMIT_REASONS = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "dailyLimitExceeded",
        "quotaExceeded",
        "RATE_LIMIT_EXCEEDED",
    }
)
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
    message = str(error.get("message", ""))[:200]
    code = str(error.get("status") or min(reasons, default=""))[:60]
    if refused := key_refused(status, reasons, message):
        return GoogleError(Trouble(ErrorKind.KEY_REFUSED, status, refused, message))
    if _DAILY in reasons:
        wait = (day_ends(timezone.now()) - timezone.now()).total_seconds()
    return GoogleError(Trouble(_kind(status, reasons), status, code, message, wait))


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
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _reasons(error: dict[str, Any]) -> set[str]:
    listed = [*error.get("errors", []), *error.get("details", [])]
    return {str(item["reason"]) for item in listed if isinstance(item, dict) and "reason" in item}


def _challenge(headers: Mapping[str, str]) -> set[str]:
    """v3 has one reason for missing scopes and missing access; only this header tells which."""
    challenge = headers.get("www-authenticate", "")
    return {"insufficient_scope"} if 'error="insufficient_scope"' in challenge else set()


def _retry_info(error: dict[str, Any]) -> float | None:
    for detail in error.get("details", []):
        delay = str(detail.get("retryDelay", "")) if isinstance(detail, dict) else ""
        if delay.endswith("s") and delay[:-1].replace(".", "", 1).isdigit():
            return float(delay[:-1])
    return None
