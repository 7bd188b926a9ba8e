"""Errors as the v3 APIs write them: ``errors[]`` with a reason, and no status (contract §10)."""

from __future__ import annotations

from aiohttp import web

from tests.emulator.errors import REALM, EmulatorError


class LegacyError(EmulatorError):
    """``{"error": {"errors": [{"domain", "reason", "message"}], "code", "message"}}``."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        domain: str = "global",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.headers = headers
        item = {"domain": domain, "reason": reason, "message": message}
        self.error = {"errors": [item], "code": code, "message": message}

    def response(self) -> web.Response:
        """Build the JSON answer."""
        return web.json_response({"error": self.error}, status=self.code, headers=self.headers)


def invalid_credentials() -> LegacyError:
    """401 when the access token is missing, unknown, expired or revoked."""
    headers = {"WWW-Authenticate": f'{REALM}, error="invalid_token"'}
    return LegacyError(401, "authError", "Invalid Credentials", headers=headers)


def insufficient_scope(needed: tuple[str, ...]) -> LegacyError:
    """403 when the token lacks every scope the method accepts."""
    challenge = f'{REALM}, error="insufficient_scope", scope="{" ".join(needed)}"'
    headers = {"WWW-Authenticate": challenge}
    return LegacyError(403, "insufficientPermissions", "Insufficient Permission", headers=headers)


def no_permission() -> LegacyError:
    """403 for what the user cannot see, and for everything since Google switched v3 off."""
    message = "User does not have sufficient permissions for this account."
    return LegacyError(403, "insufficientPermissions", message)


def no_account() -> LegacyError:
    """403 for somebody who has no account at all."""
    message = "User does not have any Google Analytics account."
    return LegacyError(403, "insufficientPermissions", message)


def bad_parameter(message: str) -> LegacyError:
    """400."""
    return LegacyError(400, "invalidParameter", message)


def daily_limit() -> LegacyError:
    """403 until midnight Pacific."""
    return LegacyError(403, "dailyLimitExceeded", "Daily Limit Exceeded", "usageLimits")


def too_fast() -> LegacyError:
    """403 for a moment."""
    return LegacyError(403, "userRateLimitExceeded", "User Rate Limit Exceeded", "usageLimits")


def unavailable() -> LegacyError:
    """503."""
    return LegacyError(503, "backendError", "Backend Error")
