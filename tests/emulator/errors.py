"""Errors in Google's three backends: OAuth JSON, google.rpc.Status, and pages.

Source: contract §1.1 (pages), §1.2 (OAuth), §10 (google.rpc.Status).
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.emulator.pages import notice

REALM = 'Bearer realm="https://accounts.google.com/"'
TYPE = "type.googleapis.com/google.rpc."
SERVICE = "analyticsadmin.googleapis.com"


class EmulatorError(Exception):
    """An error that knows how Google would answer it."""

    def response(self) -> web.Response:
        """Build the answer."""
        raise NotImplementedError


class OAuthError(EmulatorError):
    """``{"error": …, "error_description": …}`` of the token endpoint."""

    def __init__(
        self,
        error: str,
        description: str = "Bad Request",
        status: int = 400,
        extra: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.body = {"error": error, "error_description": description, **(extra or {})}
        self.status = status
        self.headers = headers

    def response(self) -> web.Response:
        """Build the JSON answer."""
        return web.json_response(self.body, status=self.status, headers=self.headers)


class PageError(EmulatorError):
    """An error shown to the person and never redirected."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.status = status

    def response(self) -> web.Response:
        """Build the page."""
        return notice("Access blocked", self.text, self.code, status=self.status)


class ApiError(EmulatorError):
    """A google.rpc.Status with details."""

    def __init__(
        self,
        code: int,
        status: str,
        message: str,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
        legacy: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.headers = headers
        self.error: dict[str, Any] = {"code": code, "message": message}
        if legacy:
            self.error["errors"] = legacy
        self.error["status"] = status
        if details:
            self.error["details"] = details

    def response(self) -> web.Response:
        """Build the JSON answer."""
        return web.json_response({"error": self.error}, status=self.code, headers=self.headers)


def error_info(reason: str, **metadata: str) -> dict[str, Any]:
    """A google.rpc.ErrorInfo detail."""
    return {
        "@type": TYPE + "ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE, **metadata},
    }


def invalid_argument(message: str, field: str | None = None) -> ApiError:
    """400 INVALID_ARGUMENT, naming the field when there is one."""
    violation = {"description": message} | ({"field": field} if field else {})
    details = [{"@type": TYPE + "BadRequest", "fieldViolations": [violation]}]
    return ApiError(400, "INVALID_ARGUMENT", message, details)


def missing_credentials() -> ApiError:
    """401 when no access token came along."""
    message = (
        "Request is missing required authentication credential. "
        "Expected OAuth 2 access token, login cookie or other valid authentication credential."
    )
    details = [error_info("CREDENTIALS_MISSING")]
    return ApiError(401, "UNAUTHENTICATED", message, details, {"WWW-Authenticate": REALM})


def keys_unsupported() -> ApiError:
    """401 when an API key came along, and no access token."""
    message = (
        "API keys are not supported by this API. Expected OAuth2 access token or other "
        "authentication credentials that assert a principal."
    )
    details = [error_info("CREDENTIALS_MISSING")]
    return ApiError(401, "UNAUTHENTICATED", message, details, {"WWW-Authenticate": REALM})


def different_projects() -> ApiError:
    """400 when API key and access token are of different projects."""
    message = "The API Key and the authentication credential are from different projects."
    legacy = [{"domain": "global", "reason": "badRequest", "message": message}]
    return ApiError(
        400, "INVALID_ARGUMENT", message, [error_info("CONSUMER_INVALID")], legacy=legacy
    )


def invalid_credentials() -> ApiError:
    """401 when the access token is unknown, expired or revoked."""
    message = (
        "Request had invalid authentication credentials. "
        "Expected OAuth 2 access token, login cookie or other valid authentication credential."
    )
    headers = {"WWW-Authenticate": REALM + ', error="invalid_token"'}
    return ApiError(401, "UNAUTHENTICATED", message, [error_info("ACCESS_TOKEN_EXPIRED")], headers)


def insufficient_scope(needed: tuple[str, ...]) -> ApiError:
    """403 when the token lacks every scope the method accepts."""
    challenge = f'{REALM}, error="insufficient_scope", scope="{" ".join(needed)}"'
    return ApiError(
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        [error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")],
        {"WWW-Authenticate": challenge},
    )


def no_permission() -> ApiError:
    """403 for what the user cannot see, whether or not it exists."""
    return ApiError(403, "PERMISSION_DENIED", "The caller does not have permission")


def service_disabled(project: str) -> ApiError:
    """403 when the API is switched off in the client's project."""
    url = f"https://console.developers.google.com/apis/api/{SERVICE}/overview?project={project}"
    message = (
        f"Google Analytics Admin API has not been used in project {project} before or it is "
        f"disabled. Enable it by visiting {url} then retry."
    )
    info = error_info("SERVICE_DISABLED", consumer=f"projects/{project}", activationUrl=url)
    return ApiError(403, "PERMISSION_DENIED", message, [info])


# What Google calls its quotas: of each minute, for a project or for one user of it.
PER_USER = "RequestsPerMinutePerProjectPerUser"
PER_PROJECT = "RequestsPerMinutePerProject"


def exhausted(message: str, retry_after: float | None = None, quota: str = "") -> ApiError:
    """429 RESOURCE_EXHAUSTED, with RetryInfo and Retry-After when waiting helps.

    `quota` is the limit that is named, if one is; it begins with Write where it counts writes.
    """
    counted = "write_requests" if quota.startswith("Write") else "requests"
    named = {"quota_limit": quota, "quota_metric": f"{SERVICE}/{counted}"} if quota else {}
    details = [error_info("RATE_LIMIT_EXCEEDED", consumer="projects/portal-project", **named)]
    headers = None
    if retry_after is not None:
        details.append({"@type": TYPE + "RetryInfo", "retryDelay": f"{retry_after:g}s"})
        headers = {"Retry-After": f"{retry_after:.0f}"}
    return ApiError(429, "RESOURCE_EXHAUSTED", message, details, headers)


def rate_limit_403() -> ApiError:
    """The older form of a rate limit (contract §4.4 quotas)."""
    message = "Rate limit exceeded."
    legacy = [{"domain": "usageLimits", "reason": "rateLimitExceeded", "message": message}]
    return ApiError(403, "PERMISSION_DENIED", message, legacy=legacy)


def unavailable() -> ApiError:
    """503 UNAVAILABLE."""
    return ApiError(503, "UNAVAILABLE", "The service is currently unavailable.")


def internal() -> ApiError:
    """500 INTERNAL."""
    return ApiError(500, "INTERNAL", "Internal error encountered.")


def html_answer(status: int) -> web.Response:
    """What a front end says when the service behind it is gone: HTML, not JSON."""
    text = f"<!DOCTYPE html><html lang=en><title>Error {status}</title><p>Server Error</html>"
    return web.Response(text=text, status=status, content_type="text/html")
