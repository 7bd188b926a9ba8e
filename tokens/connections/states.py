"""States of connections, flows and rotations of service accounts. A pure table."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models


class ConnectionStatus(models.TextChoices):
    """Whether a Google connection can be used."""

    ACTIVE = "active", "Connected"
    NEEDS_RECONNECT = "needs_reconnect", "Needs reconnect"
    DISCONNECTED = "disconnected", "Disconnected"


CONNECTION_TRANSITIONS: dict[ConnectionStatus, frozenset[ConnectionStatus]] = {
    ConnectionStatus.ACTIVE: frozenset(
        {ConnectionStatus.NEEDS_RECONNECT, ConnectionStatus.DISCONNECTED}
    ),
    ConnectionStatus.NEEDS_RECONNECT: frozenset(
        {ConnectionStatus.ACTIVE, ConnectionStatus.DISCONNECTED}
    ),
    ConnectionStatus.DISCONNECTED: frozenset({ConnectionStatus.ACTIVE}),
}


class ReconnectReason(models.TextChoices):
    """Why a connection needs its person again."""

    REVOKED = "revoked", "Google says the permission was withdrawn or has expired"
    REFUSED = "refused", "Google refuses the access token although it was just renewed"
    MISSING_SCOPE = "missing_scope", "A permission was not granted"
    UNREADABLE = "unreadable", "The stored credential cannot be opened"
    BLOCKED = "blocked", "An administrator of the Google account does not allow the portal"
    ASKED = "asked", "Staff of the portal ask for it"
    CLIENT_REMOVED = "client_removed", "The OAuth client that it was connected through was removed"


class OwnErrorKind(StrEnum):
    """What stands where a kind of error of Google's would, when it was no answer of Google's."""

    # Refreshes that began and never ended are begun no more.
    SET_ASIDE = "set_aside"
    # Only the portal's words of it were kept.
    NOTED = "noted"


class FlowOutcome(models.TextChoices):
    """How a flow to Google's consent page ended."""

    PENDING = "pending", "Not back yet"
    EXCHANGING = "exchanging", "Being checked with Google"
    CONNECTED = "connected", "Connected"
    DENIED = "denied", "Permission was not given"
    PARTIAL = "partial", "A permission is missing"
    NO_REFRESH_TOKEN = "no_refresh_token", "Google gave no lasting permission"
    WRONG_ACCOUNT = "wrong_account", "Another Google account came back"
    EXPIRED = "expired", "The trip took too long"
    UNTRUSTED = "untrusted", "Google's answer could not be trusted"
    REFUSED = "refused", "Google refused the exchange"
    UNREACHABLE = "unreachable", "Google did not answer"
    MISCONFIGURED = "misconfigured", "Google does not accept the portal itself"
    CLIENT_REFUSED = "client_refused", "Google does not accept your OAuth client"
    CLIENT_REMOVED = "client_removed", "The OAuth client was removed"
    GOOGLE_FAILED = "google_failed", "Google could not do it just now"
    REQUEST_REFUSED = "request_refused", "Google did not accept the request"
    BLOCKED = "blocked", "An administrator does not allow it"
    LINK_OVER = "link_over", "The link no longer works"


@dataclass(frozen=True, slots=True)
class FlowPage:
    """What the page of a flow that did not connect says and answers with.

    `title` where the name of the outcome would not tell the person what they did.
    """

    http_status: int
    happened: str
    not_done: str
    next_step: str
    title: str = ""


# Whose detail says what is to be mended, by whoever has set the portal or the client up.
FOR_WHOEVER_RUNS_IT = frozenset(
    {
        FlowOutcome.BLOCKED,
        FlowOutcome.CLIENT_REFUSED,
        FlowOutcome.GOOGLE_FAILED,
        FlowOutcome.MISCONFIGURED,
        FlowOutcome.REFUSED,
        FlowOutcome.REQUEST_REFUSED,
        FlowOutcome.UNTRUSTED,
    }
)

FLOW_PAGES: dict[FlowOutcome, FlowPage] = {
    FlowOutcome.PENDING: FlowPage(
        200,
        "The portal is still waiting for you to come back from Google.",
        "Nothing was connected yet.",
        "Start again",
    ),
    FlowOutcome.EXCHANGING: FlowPage(
        200,
        "The portal was interrupted while it checked the permission with Google.",
        "Nothing was connected.",
        "Start again",
    ),
    FlowOutcome.DENIED: FlowPage(
        200,
        "You chose Cancel on Google's page, so Google gave no permission.",
        "Nothing was connected and nothing was stored.",
        "Connect again",
    ),
    FlowOutcome.PARTIAL: FlowPage(
        200,
        "Google connected you, but a permission that the portal needs was left unticked.",
        "The connection was not stored, because it could not create anything.",
        "Grant again",
    ),
    FlowOutcome.NO_REFRESH_TOKEN: FlowPage(
        200,
        "Google signed you in, but gave no lasting permission (no refresh token).",
        "Nothing was connected.",
        "Ask Google again",
    ),
    FlowOutcome.WRONG_ACCOUNT: FlowPage(
        409,
        "Google signed you in with another account than the one to be reconnected.",
        "Nothing was connected or changed.",
        "Try again",
        title="You signed in with a different Google account",
    ),
    FlowOutcome.EXPIRED: FlowPage(
        410,
        "More than ten minutes passed between leaving for Google and coming back.",
        "Nothing was connected; the old link cannot be used again.",
        "Start again",
    ),
    FlowOutcome.UNTRUSTED: FlowPage(
        400,
        "Google's answer did not pass the portal's checks.",
        "Nothing was connected and nothing was stored.",
        "Start again",
    ),
    FlowOutcome.REFUSED: FlowPage(
        400,
        "Google refused to exchange the code that the browser brought back.",
        "Nothing was connected; the code cannot be used again.",
        "Start again",
    ),
    FlowOutcome.UNREACHABLE: FlowPage(
        503,
        "Google did not answer in time.",
        "Nothing was connected; the code cannot be used again.",
        "Start again",
    ),
    FlowOutcome.MISCONFIGURED: FlowPage(
        503,
        "Google does not accept the portal's own OAuth client.",
        "Nothing was connected. This is the portal's fault, not yours.",
        "Try again later",
    ),
    FlowOutcome.CLIENT_REFUSED: FlowPage(
        503,
        "Google does not accept your organisation's own OAuth client.",
        "Nothing was connected. Check the client and its secret under Credentials.",
        "Try again",
    ),
    FlowOutcome.CLIENT_REMOVED: FlowPage(
        410,
        "The OAuth client was removed from the portal while you were at Google.",
        "Nothing was connected.",
        "Connect through another client",
    ),
    FlowOutcome.GOOGLE_FAILED: FlowPage(
        503,
        "Google could not finish the sign-in just now.",
        "Nothing was connected and nothing was stored.",
        "Try again",
    ),
    FlowOutcome.REQUEST_REFUSED: FlowPage(
        503,
        "Google did not accept what the portal asked for, so it never asked you.",
        "Nothing was connected. Whoever runs the portal has to correct its settings first.",
        "Try again later",
    ),
    FlowOutcome.BLOCKED: FlowPage(
        403,
        "An administrator of your organisation at Google does not allow this app.",
        "Nothing was connected. Ask them to allow it, or use another Google account.",
        "Connect another account",
    ),
    FlowOutcome.LINK_OVER: FlowPage(
        410,
        "The link was used, or the account was disconnected, before you came back from Google.",
        "Your coming back changed nothing: each link reconnects an account once.",
        "Reconnect",
    ),
}
