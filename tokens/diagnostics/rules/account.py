"""Causes that keep a service account from working.

Pure functions. Facts: contract §2 (the JWT grant's errors), §10 (401 and 403).
"""

from tokens.connections.ages import ago
from tokens.connections.states import OwnErrorKind
from tokens.diagnostics.facts import Act, Cause, Likelihood, Refusal, ServiceAccountFacts
from tokens.diagnostics.rules.grant import on
from tokens.diagnostics.rules.use import API_OFF, TOLERATED_SKEW, TRANSIENT, measured
from tokens.google.errors import ErrorKind
from tokens.service_accounts.refusals import is_about_clock

_SIGNATURE = "Invalid JWT Signature"
_GONE = "account not found"
_AUDIENCE = "audience"
AT_GOOGLE = "Open the service accounts at Google"
NEW_KEY = "Upload a new key"


def sealed(facts: ServiceAccountFacts) -> Cause | None:
    """The portal itself cannot open any secret just now."""
    if not facts.sealed:
        return None
    return Cause(
        "The portal cannot open its secrets just now",
        Likelihood.CERTAIN,
        [facts.sealed],
        "That says nothing of this key. Whoever runs the portal has to bring a key of its own "
        "back; nothing is lost meanwhile.",
        "Check again",
        Act.CHECK_AGAIN,
    )


def unreadable(facts: ServiceAccountFacts) -> Cause | None:
    """The stored key does not open."""
    if not facts.unreadable:
        return None
    return Cause(
        "The stored key cannot be opened",
        Likelihood.CERTAIN,
        ["Its own key is missing or wrong, or the stored text was changed."],
        "Google was not asked. The account itself is unharmed: make a new key for it in Google "
        "Cloud and upload that.",
        NEW_KEY,
        Act.NEW_KEY,
    )


def clock(facts: ServiceAccountFacts) -> Cause | None:
    """Google takes a signature for an hour: a wrong clock makes it too old or too new."""
    skew, refused = facts.clock_skew, is_about_clock(facts.error_message)
    off = skew is not None and abs(skew) > TOLERATED_SKEW
    if not (refused or off or (skew is not None and _signature_is_refused(facts))):
        return None
    because = [_words(facts)] if refused else []
    because += [measured(skew)] if skew is not None else []
    likely = Likelihood.CERTAIN if refused else Likelihood.POSSIBLE
    return Cause(
        "The portal's clock is wrong",
        likely if refused or off else Likelihood.RULED_OUT,
        because,
        "A service account signs what it asks for, with the time in it, and Google takes no "
        "signature that is too old or too new. Whoever runs the portal should set its clock by "
        "NTP; the key is unharmed.",
        "Measure again",
        Act.CHECK_AGAIN,
    )


def signature(facts: ServiceAccountFacts) -> Cause | None:
    """The key was deleted or disabled, has ended, or never was this account's."""
    if not _signature_is_refused(facts):
        return None
    because = [_words(facts)]
    if facts.key_since is not None:
        named = f"The key {facts.key_id[:8]}…" if facts.key_id else "The key from a P12 file"
        because.append(f"{named} is here since {on(facts.key_since)}.")
    return Cause(
        "The key was deleted or disabled at Google",
        Likelihood.CERTAIN,
        because,
        "Google says no more than that about a key that was deleted, disabled or has ended, and "
        "disables by itself those that it finds published. Make a new one there and upload it; "
        "or enable this one again, if it was disabled by mistake.",
        NEW_KEY,
        Act.NEW_KEY,
    )


def account_gone(facts: ServiceAccountFacts) -> Cause | None:
    """The service account does not exist any more."""
    if _GONE not in facts.error_message:
        return None
    return Cause(
        "The service account was deleted at Google",
        Likelihood.CERTAIN,
        [_words(facts)],
        "Google can bring it back for 30 days. A new one of the same name is another account: it "
        "needs a key and access of its own.",
        AT_GOOGLE,
        Act.CLOUD_ACCOUNTS,
    )


def account_disabled(facts: ServiceAccountFacts) -> Cause | None:
    """Somebody has disabled the whole account."""
    if facts.error_code != "disabled_client":
        return None
    return Cause(
        "The service account is disabled at Google",
        Likelihood.CERTAIN,
        [_words(facts)],
        "Its keys are unharmed and work again once somebody enables the account there.",
        AT_GOOGLE,
        Act.CLOUD_ACCOUNTS,
    )


def administrator(facts: ServiceAccountFacts) -> Cause | None:
    """The organisation does not let it in."""
    if facts.error_kind != ErrorKind.ACCESS_DENIED:
        return None
    return Cause(
        "The organisation does not allow this service account",
        Likelihood.CERTAIN,
        [_words(facts)],
        "An administrator of the Google Cloud or Workspace organisation has restricted what "
        "service accounts may use, and can make an exception.",
        "See how to allow it",
        Act.WORKSPACE,
    )


def permission_unknown(facts: ServiceAccountFacts) -> Cause | None:
    """What the portal asks for is refused, not the account."""
    if facts.error_code not in {"invalid_scope", "unauthorized_client"}:
        return None
    return Cause(
        "Google does not give it the permission to read",
        Likelihood.CERTAIN,
        [_words(facts)],
        "The portal asks for the permission to read Google Analytics (analytics.readonly) and for "
        "nothing else. Where an organisation gives permissions out one by one, its administrators "
        "have to give this one.",
        "Look at the exchanges",
        Act.EXCHANGES,
    )


def audience(facts: ServiceAccountFacts) -> Cause | None:
    """The portal asks at a wrong address."""
    if not (facts.error_code == "invalid_grant" and _AUDIENCE in facts.error_message):
        return None
    return Cause(
        "The portal asks Google at a wrong address",
        Likelihood.CERTAIN,
        [_words(facts)],
        "Neither account nor key is to blame. Whoever runs the portal has to set "
        "GOOGLE_TOKEN_URL right.",
        "Check again",
        Act.CHECK_AGAIN,
    )


def google_fails(facts: ServiceAccountFacts) -> Cause | None:
    """Trouble that passes."""
    if facts.error_kind not in TRANSIENT:
        return None
    return Cause(
        "Google, or the way to it, fails at the moment",
        Likelihood.CERTAIN,
        [f"Asked {ago(facts.asked_at, facts.now)}: {_failure(facts)}."],
        "Account and key are unharmed.",
        "Check again",
        Act.CHECK_AGAIN,
    )


def _failure(facts: ServiceAccountFacts) -> str:
    return facts.error_code or facts.error_kind.replace("_", " ")


_EXPLAINED = (
    *(clock, signature, account_gone, account_disabled),
    *(administrator, permission_unknown, audience, google_fails),
)


def other_refusal(facts: ServiceAccountFacts) -> Cause | None:
    """Words of Google's that nobody here knows: they are passed on as they are."""
    found = [explained(facts) for explained in _EXPLAINED]
    if not facts.error_kind or any(one is not None and one.counts for one in found):
        return None
    return Cause(
        "Google refuses it",
        Likelihood.CERTAIN,
        [_words(facts)],
        "These words are new to the portal. The exchange shows everything that was said.",
        "Look at the exchanges",
        Act.EXCHANGES,
    )


def api_disabled(facts: ServiceAccountFacts) -> Cause | None:
    """The Admin API is off in its project."""
    refused = _refused(facts, api_off=True)
    if refused is None:
        return None
    return Cause(
        "The Google Analytics Admin API is switched off",
        Likelihood.CERTAIN,
        [_answered(refused)],
        f"It has to be enabled in {facts.project or 'the project of the service account'}; "
        "Google needs a few minutes afterwards.",
        "Enable the API at Google",
        Act.CLOUD_API,
    )


def no_access(facts: ServiceAccountFacts) -> Cause | None:
    """The token is fine, and Analytics does not know the account."""
    refused = _refused(facts, api_off=False)
    if refused is None:
        return None
    return Cause(
        "It has no access to what was asked for",
        Likelihood.LIKELY,
        [_answered(refused)],
        f"A service account sees what it was given in Google Analytics. Add {facts.email} "
        "there, under Admin, Access management, with the role Viewer.",
        "Open Google Analytics",
        Act.ANALYTICS,
    )


def _signature_is_refused(facts: ServiceAccountFacts) -> bool:
    return facts.error_message.startswith(_SIGNATURE)


def _words(facts: ServiceAccountFacts) -> str:
    if facts.error_kind == OwnErrorKind.NOTED:
        return facts.error_message
    return f"Google's words: “{facts.error_message or facts.error_code}”"


def _answered(refused: Refusal) -> str:
    answer = f"{refused.status} {refused.reason}".rstrip()
    return f"On {on(refused.at)} Google answered {answer}."


def _refused(facts: ServiceAccountFacts, *, api_off: bool) -> Refusal | None:
    return next(
        (
            one
            for one in facts.refusals
            if one.status == 403 and any(word in one.reason for word in API_OFF) == api_off
        ),
        None,
    )
