"""What can go wrong with Google, as one type (contract §1.2, §10).

Four classes, four policies: a *terminal* error needs the person, a *transient*
one is tried again, a *client* one is the portal's own configuration and never
the grant's fault, and a *request* one would fail the same way for ever.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tokens.google.plausible import HOUR, seconds, text


class ErrorClass(StrEnum):
    """Which policy applies."""

    TERMINAL = "terminal"
    TRANSIENT = "transient"
    CLIENT = "client"
    REQUEST = "request"


class ErrorKind(StrEnum):
    """What Google, or the way to it, said."""

    ACCESS_DENIED = "access_denied"
    API_DISABLED = "api_disabled"
    API_GONE = "api_gone"
    CLIENT_REFUSED = "client_refused"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    GRANT_DEAD = "grant_dead"
    INVALID = "invalid"
    KEY_REFUSED = "key_refused"
    MALFORMED_ANSWER = "malformed_answer"
    NETWORK = "network"
    NOT_FOUND = "not_found"
    NOT_LISTED = "not_listed"
    RATE_LIMITED = "rate_limited"
    SCOPE_MISSING = "scope_missing"
    TIMEOUT = "timeout"
    TOKEN_UNUSABLE = "token_unusable"  # noqa: S105  # a kind of error
    TOO_SLOW = "too_slow"
    UNAUTHENTICATED = "unauthenticated"
    UNAVAILABLE = "unavailable"


CLASS_OF: dict[ErrorKind, ErrorClass] = {
    ErrorKind.ACCESS_DENIED: ErrorClass.TERMINAL,
    ErrorKind.API_DISABLED: ErrorClass.REQUEST,
    ErrorKind.API_GONE: ErrorClass.REQUEST,
    ErrorKind.CLIENT_REFUSED: ErrorClass.CLIENT,
    ErrorKind.CONFLICT: ErrorClass.REQUEST,
    ErrorKind.FORBIDDEN: ErrorClass.REQUEST,
    ErrorKind.GRANT_DEAD: ErrorClass.TERMINAL,
    ErrorKind.INVALID: ErrorClass.REQUEST,
    ErrorKind.KEY_REFUSED: ErrorClass.REQUEST,
    ErrorKind.MALFORMED_ANSWER: ErrorClass.TRANSIENT,
    ErrorKind.NETWORK: ErrorClass.TRANSIENT,
    ErrorKind.NOT_FOUND: ErrorClass.REQUEST,
    ErrorKind.NOT_LISTED: ErrorClass.TRANSIENT,
    ErrorKind.RATE_LIMITED: ErrorClass.TRANSIENT,
    ErrorKind.SCOPE_MISSING: ErrorClass.TERMINAL,
    ErrorKind.TIMEOUT: ErrorClass.TRANSIENT,
    ErrorKind.TOKEN_UNUSABLE: ErrorClass.REQUEST,
    ErrorKind.TOO_SLOW: ErrorClass.TRANSIENT,
    ErrorKind.UNAUTHENTICATED: ErrorClass.TERMINAL,
    ErrorKind.UNAVAILABLE: ErrorClass.TRANSIENT,
}

SENTENCES: dict[ErrorKind, str] = {
    ErrorKind.ACCESS_DENIED: "An administrator of the Google account does not allow the portal.",
    ErrorKind.API_DISABLED: "The Google Analytics Admin API is not enabled for the OAuth client.",
    ErrorKind.API_GONE: (
        "Google has switched off the Provisioning API for Universal Analytics. "
        "Make a new request for Google Analytics 4."
    ),
    ErrorKind.CLIENT_REFUSED: "Google does not accept the portal's client id or secret.",
    ErrorKind.CONFLICT: "Google says that it exists already.",
    ErrorKind.FORBIDDEN: "The Google account has no access to this.",
    ErrorKind.GRANT_DEAD: "Google says that the permission was withdrawn or has expired.",
    ErrorKind.INVALID: "Google refused the details.",
    ErrorKind.KEY_REFUSED: "Google refused the API key that went along.",
    ErrorKind.MALFORMED_ANSWER: "Google sent an answer that the portal could not read.",
    ErrorKind.NETWORK: "Google did not answer: the connection failed or broke off.",
    ErrorKind.NOT_FOUND: "Google does not know it.",
    ErrorKind.NOT_LISTED: "Google does not list it yet.",
    ErrorKind.RATE_LIMITED: "Google asked the portal to slow down.",
    ErrorKind.SCOPE_MISSING: "The Google account did not grant a permission that this needs.",
    ErrorKind.TIMEOUT: "Google did not answer in time.",
    ErrorKind.TOKEN_UNUSABLE: "Google issued a token of a type that the portal cannot use.",
    ErrorKind.TOO_SLOW: "Google answered too slowly: the answer began but did not finish in time.",
    ErrorKind.UNAUTHENTICATED: "Google did not accept the access token.",
    ErrorKind.UNAVAILABLE: "Google's back end failed.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Everything known about one failure. Carries no secret and no body."""

    kind: ErrorKind
    status: int | None = None
    code: str = ""
    message: str = ""
    retry_after: float | None = None
    # Which quota is used up, as Google names it (`ErrorInfo.metadata.quota_limit`).
    quota: str = ""


class GoogleError(Exception):
    """A call to Google that did not do what it should. `str()` is a sentence for people."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(SENTENCES[trouble.kind])
        self.trouble = trouble

    @property
    def kind(self) -> ErrorKind:
        return self.trouble.kind

    @property
    def error_class(self) -> ErrorClass:
        return CLASS_OF[self.trouble.kind]

    @property
    def permanent(self) -> bool:
        """Whether trying again without a change cannot help."""
        return self.error_class is not ErrorClass.TRANSIENT

    @property
    def retry_after(self) -> float | None:
        """Seconds that Google asked to be left alone for."""
        return self.trouble.retry_after


_TOKEN_ERRORS: dict[str, ErrorKind] = {
    "invalid_grant": ErrorKind.GRANT_DEAD,
    "admin_policy_enforced": ErrorKind.ACCESS_DENIED,
    "access_denied": ErrorKind.ACCESS_DENIED,
    "invalid_client": ErrorKind.CLIENT_REFUSED,
    "deleted_client": ErrorKind.CLIENT_REFUSED,
    "disabled_client": ErrorKind.CLIENT_REFUSED,
    "unauthorized_client": ErrorKind.CLIENT_REFUSED,
    # The app's audience is Internal: its owner's setting, whoever comes (contract §1.1).
    "org_internal": ErrorKind.CLIENT_REFUSED,
    "redirect_uri_mismatch": ErrorKind.CLIENT_REFUSED,
    "invalid_scope": ErrorKind.SCOPE_MISSING,
    "invalid_request": ErrorKind.INVALID,
    "unsupported_grant_type": ErrorKind.INVALID,
    "unsupported_token_type": ErrorKind.INVALID,
    "invalid_token": ErrorKind.GRANT_DEAD,
    "internal_failure": ErrorKind.UNAVAILABLE,
    "server_error": ErrorKind.UNAVAILABLE,
    "temporarily_unavailable": ErrorKind.UNAVAILABLE,
    "rate_limit_exceeded": ErrorKind.RATE_LIMITED,
}


def token_trouble(status: int, body: dict[str, Any] | None, retry_after: float | None) -> Trouble:
    """Classify a token endpoint's answer other than 200 with JSON (contract §1.2).

    Only a JSON body with a known `error` can end a grant: a front end's HTML
    page, an empty body or an unknown code never does.
    """
    said = body or {}
    code = text(said.get("error", ""), 60)
    message = text(said.get("error_description", ""), 200)
    kind = _TOKEN_ERRORS.get(code) or _kind_of_status(status)
    if said.get("error_subtype"):
        message = f"{message} ({text(said['error_subtype'], 60)})"
    # One connection waits, and its tokens last no longer than that.
    return Trouble(kind, status, code, message, seconds(retry_after, HOUR))


def _kind_of_status(status: int) -> ErrorKind:
    if status == 429:
        return ErrorKind.RATE_LIMITED
    if status == 408:
        return ErrorKind.TIMEOUT
    return ErrorKind.UNAVAILABLE if status >= 500 else ErrorKind.MALFORMED_ANSWER


def reason_of(body: dict[str, Any] | None) -> str:
    """The reason in the ErrorInfo of one of Google's error bodies (contract §10)."""
    error = (body or {}).get("error")
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and str(detail.get("@type", "")).endswith("ErrorInfo"):
            return str(detail.get("reason", ""))[:60]
    return ""
