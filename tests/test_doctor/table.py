"""What the evidence is, and what the doctor must take it for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tokens.diagnostics.facts import Act, ConnectionFacts, Likelihood, Refusal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WELL = ConnectionFacts(
    now=NOW, connected_at=NOW - 40 * DAY, refreshed_at=NOW - 2 * DAY, clock_skew=0.2
)
DEAD: dict[str, Any] = {
    "status": "needs_reconnect",
    "reason": "revoked",
    "error_kind": "grant_dead",
    "error_code": "invalid_grant",
    "error_message": "Token has been expired or revoked.",
    "error_at": NOW,
}


def refusal(status: int, reason: str) -> dict[str, Any]:
    return {"refusals": [Refusal(status, reason, NOW - DAY)]}


# evidence → the first cause, how sure, what its button does
TABLE: list[tuple[str, dict[str, Any], str, Likelihood, Act]] = [
    (
        "revoked by the person",
        DEAD,
        "The permission was withdrawn at Google",
        Likelihood.LIKELY,
        Act.RECONNECT,
    ),
    (
        "limit of refresh tokens",
        {**DEAD, "issued_after": 100},
        "The limit of refresh tokens was exceeded",
        Likelihood.LIKELY,
        Act.RECONNECT,
    ),
    (
        "six months idle",
        {**DEAD, "connected_at": NOW - 300 * DAY, "refreshed_at": NOW - 190 * DAY},
        "It was not used for six months",
        Likelihood.LIKELY,
        Act.RECONNECT,
    ),
    (
        "Testing mode, seen by its age",
        {**DEAD, "connected_at": NOW - 7.1 * DAY},
        "The OAuth app is in Testing mode",
        Likelihood.LIKELY,
        Act.CLOUD_AUDIENCE,
    ),
    (
        "Testing mode, announced by Google",
        {**DEAD, "connected_at": NOW - 7 * DAY, "refresh_expires_at": NOW},
        "The OAuth app is in Testing mode",
        Likelihood.CERTAIN,
        Act.CLOUD_AUDIENCE,
    ),
    (
        "Testing mode, still to come",
        {"connected_at": NOW - DAY, "refresh_expires_at": NOW + 6 * DAY},
        "The OAuth app is in Testing mode",
        Likelihood.LIKELY,
        Act.CLOUD_AUDIENCE,
    ),
    (
        "limited time",
        {**DEAD, "refresh_expires_at": NOW - timedelta(minutes=1)},
        "The permission was given for a limited time",
        Likelihood.CERTAIN,
        Act.RECONNECT,
    ),
    (
        "Workspace session control",
        {**DEAD, "error_message": "reauth related error (invalid_rapt)"},
        "Session control of the Workspace organisation",
        Likelihood.CERTAIN,
        Act.WORKSPACE,
    ),
    (
        "account deleted",
        {**DEAD, "error_message": "Account has been deleted"},
        "The Google account was deleted or suspended",
        Likelihood.CERTAIN,
        Act.CONNECT,
    ),
    (
        "account disabled",
        {**DEAD, "error_message": "Account disabled"},
        "The Google account was deleted or suspended",
        Likelihood.CERTAIN,
        Act.CONNECT,
    ),
    (
        "administrator",
        {
            "status": "needs_reconnect",
            "error_kind": "access_denied",
            "error_code": "admin_policy_enforced",
        },
        "An administrator does not allow the portal",
        Likelihood.CERTAIN,
        Act.WORKSPACE,
    ),
    *(
        (
            code,
            {"error_kind": "client_refused", "error_code": code, "client_paused": "Refused."},
            "Google refuses the portal's own OAuth client",
            Likelihood.CERTAIN,
            Act.CLOUD_CLIENTS,
        )
        for code in ("invalid_client", "deleted_client", "disabled_client", "unauthorized_client")
    ),
    (
        "org_internal",
        {"error_kind": "client_refused", "error_code": "org_internal", "client_paused": "Refused."},
        "Google refuses the portal's own OAuth client",
        Likelihood.CERTAIN,
        Act.CLOUD_AUDIENCE,
    ),
    *(
        (
            f"an answer that is {kind}",
            {"error_kind": kind, "error_code": "invalid_request"},
            "Google's answer to a refresh could not be used",
            Likelihood.CERTAIN,
            Act.EXCHANGES,
        )
        for kind in ("invalid", "token_unusable", "unauthenticated", "forbidden")
    ),
    (
        "a client of the tenant's own is refused",
        {"own_client": "Acme", "error_kind": "client_refused", "error_code": "invalid_client"},
        "Google refuses your own OAuth client",
        Likelihood.CERTAIN,
        Act.CLOUD_CLIENTS,
    ),
    (
        "its client was removed",
        {"own_client": "Acme", "status": "needs_reconnect", "reason": "client_removed"},
        "Its OAuth client was removed",
        Likelihood.CERTAIN,
        Act.RECONNECT,
    ),
    (
        "client paused by somebody else's refresh",
        {"client_paused": "Google does not accept the portal's client id or secret."},
        "Google refuses the portal's own OAuth client",
        Likelihood.CERTAIN,
        Act.CLOUD_CLIENTS,
    ),
    (
        "missing permission",
        {"missing": ["Create and edit Google Analytics accounts"]},
        "A permission is missing",
        Likelihood.CERTAIN,
        Act.RECONNECT,
    ),
    (
        "403 for want of a scope",
        refusal(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        "A permission is missing",
        Likelihood.CERTAIN,
        Act.RECONNECT,
    ),
    (
        "403 with the API off",
        refusal(403, "SERVICE_DISABLED"),
        "The Google Analytics Admin API is switched off",
        Likelihood.CERTAIN,
        Act.CLOUD_API,
    ),
    (
        "403 for one account",
        refusal(403, "PERMISSION_DENIED"),
        "The Google account has no access to what was asked for (403)",
        Likelihood.LIKELY,
        Act.EXCHANGES,
    ),
    (
        "401 once",
        refusal(401, "UNAUTHENTICATED"),
        "Google did not accept the access token (401)",
        Likelihood.POSSIBLE,
        Act.EXCHANGES,
    ),
    (
        "401 again and again",
        {**refusal(401, "UNAUTHENTICATED"), "status": "needs_reconnect", "reason": "refused"},
        "Google did not accept the access token (401)",
        Likelihood.CERTAIN,
        Act.RECONNECT,
    ),
    (
        "unreadable",
        {"status": "needs_reconnect", "reason": "unreadable"},
        "The stored credential cannot be opened",
        Likelihood.CERTAIN,
        Act.RECONNECT,
    ),
    (
        "set aside",
        {"error_kind": "set_aside", "error_message": "5 refreshes began and never ended."},
        "The portal stopped refreshing it by itself",
        Likelihood.CERTAIN,
        Act.EXCHANGES,
    ),
    (
        "Google is down",
        {"error_kind": "unavailable", "error_at": NOW - DAY},
        "Google, or the way to it, fails at the moment",
        Likelihood.CERTAIN,
        Act.CHECK_AGAIN,
    ),
    (
        "wrong clock",
        {"clock_skew": -95.0},
        "The server's clock is wrong",
        Likelihood.POSSIBLE,
        Act.CHECK_AGAIN,
    ),
    (
        "wrong account",
        {"status": "needs_reconnect", "reason": "", "other_account": "shop@gmail.example"},
        "Another Google account came back",
        Likelihood.POSSIBLE,
        Act.RECONNECT,
    ),
]
