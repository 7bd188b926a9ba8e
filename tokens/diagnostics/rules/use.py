"""Causes outside the permission: the app, its scopes, the API, the clock, Google itself.

Pure functions. Facts: contract §1.2 (client errors), §10 (401 and 403 of Google's APIs).
"""

from tokens.connections.states import ConnectionStatus, OwnErrorKind, ReconnectReason
from tokens.diagnostics.facts import Act, Cause, ConnectionFacts, Likelihood, Refusal
from tokens.diagnostics.rules.grant import on
from tokens.google.errors import CLASS_OF, ErrorClass, ErrorKind

# Google's clock and ours may differ by this much before an id_token is refused (identity.py).
TOLERATED_SKEW = 10.0
_SCOPE_REASONS = ("SCOPE", "insufficientPermissions", "insufficient_scope")
API_OFF = ("SERVICE_DISABLED", "accessNotConfigured")
# A refresh lists nothing, so "not listed" is never the answer to one.
TRANSIENT = frozenset(kind for kind, of in CLASS_OF.items() if of is ErrorClass.TRANSIENT) - {
    ErrorKind.NOT_LISTED
}
_EXPLAINED = TRANSIENT | {
    ErrorKind.ACCESS_DENIED,
    ErrorKind.CLIENT_REFUSED,
    ErrorKind.GRANT_DEAD,
    ErrorKind.SCOPE_MISSING,
    OwnErrorKind.SET_ASIDE,
}
_RECONNECT = "Reconnect at Google"


def administrator(facts: ConnectionFacts) -> Cause | None:
    """An administrator of the organisation does not let the portal in."""
    if facts.error_kind != ErrorKind.ACCESS_DENIED:
        return None
    return Cause(
        "An administrator does not allow the portal",
        Likelihood.CERTAIN,
        [f"Google answered {facts.error_code or 'access_denied'}."],
        "The Workspace organisation restricts which apps its people may use. Its administrator "
        "can trust the portal; then reconnect.",
        "See how to trust the portal",
        Act.WORKSPACE,
    )


def set_aside(facts: ConnectionFacts) -> Cause | None:
    """Refreshes that begin and never end are not begun for ever."""
    if facts.error_kind != OwnErrorKind.SET_ASIDE:
        return None
    return Cause(
        "The portal stopped refreshing it by itself",
        Likelihood.CERTAIN,
        [facts.error_message],
        "Something ended the worker each time. The permission is unharmed, and the next use "
        "tries it again.",
        "Look at the exchanges",
        Act.EXCHANGES,
    )


def unreadable(facts: ConnectionFacts) -> Cause | None:
    """The stored secret does not open."""
    if facts.status != ConnectionStatus.NEEDS_RECONNECT or (
        facts.reason != ReconnectReason.UNREADABLE
    ):
        return None
    return Cause(
        "The stored credential cannot be opened",
        Likelihood.CERTAIN,
        ["Its key is missing or wrong, or the stored text was changed."],
        "Google was not asked. If staff can bring the encryption key back, the connection lives; "
        "reconnecting makes a new credential.",
        _RECONNECT,
        Act.RECONNECT,
    )


def missing_scope(facts: ConnectionFacts) -> Cause | None:
    """A box that was left unticked: today a 403, in the seeds a 401."""
    refused = _last(facts, 403, _SCOPE_REASONS)
    if not facts.missing and refused is None and facts.reason != ReconnectReason.MISSING_SCOPE:
        return None
    because = [f"Not granted: {word}." for word in facts.missing]
    if refused:
        because.append(f"On {on(refused.at)} Google answered 403 {refused.reason}.")
    return Cause(
        "A permission is missing",
        Likelihood.CERTAIN,
        because or ["Google refused a call for want of a permission."],
        "The box for it was left unticked on Google's page. Google's older guides say 401 for a "
        "wrong scope; today it answers 403, and renewing the token does not help.",
        "Grant it at Google",
        Act.RECONNECT,
    )


def api_disabled(facts: ConnectionFacts) -> Cause | None:
    """The API is off in the Cloud project of the client."""
    refused = _last(facts, 403, API_OFF)
    if refused is None:
        return None
    return Cause(
        "The Google Analytics Admin API is switched off",
        Likelihood.CERTAIN,
        [f"On {on(refused.at)} Google answered 403 {refused.reason}."],
        "It has to be enabled in the Cloud project of the OAuth client. That takes a minute, and "
        "a few more until it works everywhere.",
        "Enable it at Google",
        Act.CLOUD_API,
    )


def unauthenticated(facts: ConnectionFacts) -> Cause | None:
    """401: the access token, never the rights."""
    refused = _last(facts, 401)
    if refused is None or facts.grant_is_dead:
        return None
    for_good = facts.reason == ReconnectReason.REFUSED
    because = [f"On {on(refused.at)} Google answered 401 {refused.reason}".rstrip() + "."]
    if for_good:
        because.append("It did so again with a token that had just been renewed.")
    return Cause(
        "Google did not accept the access token (401)",
        Likelihood.CERTAIN if for_good else Likelihood.POSSIBLE,
        because,
        "401 means that the access token has expired or was withdrawn. The portal renews it and "
        "repeats the call once; only a second 401 needs a person.",
        _RECONNECT if for_good else "Look at the exchanges",
        Act.RECONNECT if for_good else Act.EXCHANGES,
    )


def no_access(facts: ConnectionFacts) -> Cause | None:
    """403 for one thing: the token is fine, the person has no right to it."""
    refused = _last(facts, 403)
    if refused is None or any(word in refused.reason for word in (*_SCOPE_REASONS, *API_OFF)):
        return None
    return Cause(
        "The Google account has no access to what was asked for (403)",
        Likelihood.LIKELY,
        [f"On {on(refused.at)} Google answered 403 {refused.reason}".rstrip() + "."],
        "403 means that Google knows who asks and says no. Make sure that it is the right Google "
        "account and that it may edit this Analytics account; reconnecting changes nothing.",
        "Look at the exchanges",
        Act.EXCHANGES,
    )


def wrong_account(facts: ConnectionFacts) -> Cause | None:
    """Somebody came back from Google as somebody else."""
    if not facts.other_account or facts.status == ConnectionStatus.ACTIVE:
        return None
    return Cause(
        "Another Google account came back",
        Likelihood.POSSIBLE,
        [f"The last try to reconnect came back as {facts.other_account}."],
        "The browser was signed in at Google with another account, so the portal changed "
        "nothing. Choose the right one on Google's page.",
        _RECONNECT,
        Act.RECONNECT,
    )


def google_fails(facts: ConnectionFacts) -> Cause | None:
    """Trouble that passes: it never harms a permission."""
    if facts.error_kind not in TRANSIENT:
        return None
    since = f" since {on(facts.error_at)}" if facts.error_at else ""
    return Cause(
        "Google, or the way to it, fails at the moment",
        Likelihood.CERTAIN,
        [f"Refreshes fail{since}: {facts.error_code or facts.error_kind}."],
        "The permission is unharmed. The portal keeps trying and goes on by itself.",
        "Check again",
        Act.CHECK_AGAIN,
    )


def other_refusal(facts: ConnectionFacts) -> Cause | None:
    """An answer to a refresh that none of the other findings explains."""
    if not facts.error_kind or facts.error_kind in _EXPLAINED:
        return None
    said = facts.error_message or facts.error_code or facts.error_kind
    return Cause(
        "Google's answer to a refresh could not be used",
        Likelihood.CERTAIN,
        [f"Google's words: “{said}”"],
        "The permission is unharmed. The portal keeps trying; the API log shows the whole answer.",
        "Look at the API log",
        Act.EXCHANGES,
    )


def clock(facts: ConnectionFacts) -> Cause | None:
    """The clock: every guide's first suspect, and innocent of dead refresh tokens."""
    skew = facts.clock_skew
    if skew is None:
        return None
    off = abs(skew) > TOLERATED_SKEW
    if not off and not facts.grant_is_dead:
        return None
    return Cause(
        "The server's clock is wrong",
        Likelihood.POSSIBLE if off else Likelihood.RULED_OUT,
        [measured(skew)],
        "Google's guides name the clock first, but it ends service accounts' signed requests "
        "(JWT) and sign-ins, not refresh tokens: their age is measured at Google. Staff should "
        "set the clock by NTP all the same.",
        "Measure again",
        Act.CHECK_AGAIN,
    )


def measured(skew: float) -> str:
    """How far our clock is from Google's, as a sentence."""
    if abs(skew) < 1.5:
        return "By the date of Google's last answer it is right."
    side = "ahead of" if skew > 0 else "behind"
    return f"By the date of Google's last answer it is {abs(skew):.0f} seconds {side} Google's."


def _last(facts: ConnectionFacts, status: int, reasons: tuple[str, ...] = ("",)) -> Refusal | None:
    """The newest refusal of this status for one of these reasons."""
    return next(
        (
            one
            for one in facts.refusals
            if one.status == status and any(reason in one.reason for reason in reasons)
        ),
        None,
    )
