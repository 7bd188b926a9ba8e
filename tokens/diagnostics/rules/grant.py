"""Causes that end the permission itself: Google answers `invalid_grant` (contract §1.2, §1.3).

Google's words are nearly always the same, "Token has been expired or revoked.",
so all but the first two are told apart by what the portal has written down.
"""

from datetime import datetime, timedelta

from tokens.connections.ages import issued_since
from tokens.diagnostics.facts import Act, Cause, ConnectionFacts, Likelihood

# Google says six months; a day off either way changes nothing.
_IDLE = timedelta(days=180)
_TESTING = timedelta(days=7)
_ABOUT = timedelta(hours=18)
_RECONNECT = "Reconnect at Google"


def on(at: datetime) -> str:
    """A day, as sentences of the doctor say it."""
    return f"{at:%d %b %Y}".lstrip("0")


def days(span: timedelta) -> str:
    """A span, as sentences of the doctor say it."""
    if span.days < 1:
        return "less than a day"
    return "1 day" if span.days == 1 else f"{span.days} days"


def session_control(facts: ConnectionFacts) -> Cause | None:
    """Workspace session control: the only `invalid_grant` with a subtype."""
    if "rapt" not in facts.error_message:
        return None
    return Cause(
        "Session control of the Workspace organisation",
        Likelihood.CERTAIN,
        [f"Google's words: “{facts.error_message}”"],
        "The organisation lets people stay signed in for a limited time only, and that time is "
        "over. An administrator can exempt the portal: trusted apps may outlast a session.",
        "See how to exempt the portal",
        Act.WORKSPACE,
    )


def account_gone(facts: ConnectionFacts) -> Cause | None:
    """The Google account was deleted or suspended, which Google says in words."""
    said = facts.error_message.lower()
    if not facts.grant_is_dead or not ("deleted" in said or "disabled" in said):
        return None
    return Cause(
        "The Google account was deleted or suspended",
        Likelihood.CERTAIN,
        [f"Google's words: “{facts.error_message}”"],
        "Its Analytics accounts are out of the portal's reach. Another Google account that "
        "administers them can take its place.",
        "Connect another Google account",
        Act.CONNECT,
    )


def limited_time(facts: ConnectionFacts) -> Cause | None:
    """The person granted access for a limited time, and Google told the end beforehand."""
    end = facts.refresh_expires_at
    if not facts.grant_is_dead or end is None or _is_testing_end(facts):
        return None
    if facts.died_at < end - timedelta(minutes=5):
        return None
    return Cause(
        "The permission was given for a limited time",
        Likelihood.CERTAIN,
        [f"Google said beforehand that it ends on {on(end)}."],
        "On Google's page the person chose how long the portal may have access.",
        _RECONNECT,
        Act.RECONNECT,
    )


def testing_mode(facts: ConnectionFacts) -> Cause | None:
    """An app in Testing mode: every permission ends after seven days."""
    announced = _is_testing_end(facts)
    if not facts.grant_is_dead:
        return _testing_ahead(facts) if announced else None
    age = facts.age
    if age is None or abs(age - _TESTING) > _ABOUT:
        return None
    because = [f"The permission was found dead {days(age)} after it was given."]
    if announced:
        because.append("Google had announced an end after seven days.")
    likelihood = Likelihood.CERTAIN if announced else Likelihood.LIKELY
    return _testing(likelihood, because)


def _is_testing_end(facts: ConnectionFacts) -> bool:
    start, end = facts.connected_at, facts.refresh_expires_at
    return start is not None and end is not None and abs(end - start - _TESTING) < _ABOUT


def _testing_ahead(facts: ConnectionFacts) -> Cause:
    end = facts.refresh_expires_at
    told = f"Google says that this permission ends on {on(end)}." if end else ""
    return _testing(Likelihood.LIKELY, [told])


def _testing(likelihood: Likelihood, because: list[str]) -> Cause:
    return Cause(
        "The OAuth app is in Testing mode",
        likelihood,
        because,
        "While an app's publishing status is Testing, Google ends each permission seven days "
        "after it was given. Publishing the app to production ends that; then reconnect once.",
        "Open the app's audience at Google",
        Act.CLOUD_AUDIENCE,
    )


def token_limit(facts: ConnectionFacts) -> Cause | None:
    """One token too many: Google dropped this one, the oldest."""
    if not facts.grant_is_dead:
        return None
    evicted = facts.issued_after >= facts.limit
    return Cause(
        "The limit of refresh tokens was exceeded",
        Likelihood.LIKELY if evicted else Likelihood.RULED_OUT,
        [issued_since(facts.issued_after, facts.limit)],
        f"Google keeps {facts.limit} refresh tokens for each app and Google account (it used "
        "to be 25) and drops the oldest without a word. Each “Connect” of the same account "
        "issues one.",
        _RECONNECT,
        Act.RECONNECT,
    )


def six_months_idle(facts: ConnectionFacts) -> Cause | None:
    """Nobody used the token for six months."""
    idle = facts.idle
    if not facts.grant_is_dead or idle is None:
        return None
    return Cause(
        "It was not used for six months",
        Likelihood.LIKELY if idle >= _IDLE else Likelihood.RULED_OUT,
        [f"Between the last good refresh and the refusal lay {days(idle)}."],
        "Google ends a permission that nobody uses for six months. The portal refreshes idle "
        "connections long before that, as long as its workers run.",
        _RECONNECT,
        Act.RECONNECT,
    )


def revoked_by_person(facts: ConnectionFacts) -> Cause | None:
    """Somebody removed the portal at Google: what remains when nothing else fits."""
    if not facts.grant_is_dead or _explained(facts):
        return None
    said = facts.error_message or "invalid_grant"
    return Cause(
        "The permission was withdrawn at Google",
        Likelihood.LIKELY,
        [
            f"Google's words: “{said}”",
            "Time, limit and idle months do not explain it, and Google gives no notice.",
        ],
        "The person, or an administrator of their organisation, removed the portal's access "
        "under the Google Account's connections. The portal cannot see who or why.",
        _RECONNECT,
        Act.RECONNECT,
    )


def _explained(facts: ConnectionFacts) -> bool:
    others = (session_control, account_gone, limited_time, testing_mode)
    if any(other(facts) is not None for other in others):
        return True
    weighed = (token_limit(facts), six_months_idle(facts))
    return any(cause is not None and cause.counts for cause in weighed)


def password_change(facts: ConnectionFacts) -> Cause | None:
    """A new password: often suspected, and not the reason with the portal's permissions."""
    if not facts.grant_is_dead:
        return None
    return Cause(
        "The person changed the password",
        Likelihood.RULED_OUT,
        ["The portal holds no Gmail permission."],
        "Google ends a permission at a password change only when Gmail is part of it.",
        _RECONNECT,
        Act.RECONNECT,
    )
