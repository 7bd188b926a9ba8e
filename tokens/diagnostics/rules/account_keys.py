"""What there is to know about the keys of a service account that works.

Pure functions. Facts: contract §8 (ten keys, the organisation's policy, who may make them).
"""

from tokens.diagnostics.facts import Act, Cause, Likelihood, ServiceAccountFacts
from tokens.diagnostics.rules.account import AT_GOOGLE, NEW_KEY
from tokens.diagnostics.rules.grant import days, on
from tokens.service_accounts.states import RotationFailure

# Google keeps so many keys that people made for one service account.
MOST_KEYS = 10
# At which page of Google's each is mended.
_MENDED_AT = {
    RotationFailure.POLICY: Act.CLOUD_POLICY,
    RotationFailure.LIMIT: Act.CLOUD_ACCOUNTS,
    RotationFailure.FORBIDDEN: Act.CLOUD_ACCOUNTS,
    RotationFailure.API_OFF: Act.CLOUD_IAM_API,
}


def policy(facts: ServiceAccountFacts) -> Cause | None:
    """The organisation forbids new keys."""
    title = "The organisation forbids new keys"
    return _not_rotated(facts, RotationFailure.POLICY, title, "Open the policy at Google")


def key_limit(facts: ServiceAccountFacts) -> Cause | None:
    """Ten keys are there, and Google makes no eleventh."""
    title = f"Google keeps {MOST_KEYS} keys, and it has them"
    return _not_rotated(facts, RotationFailure.LIMIT, title, AT_GOOGLE)


def may_not_manage(facts: ServiceAccountFacts) -> Cause | None:
    """It may not make keys for itself."""
    title = "It may not manage its own keys"
    return _not_rotated(facts, RotationFailure.FORBIDDEN, title, AT_GOOGLE)


def iam_api_disabled(facts: ServiceAccountFacts) -> Cause | None:
    """The API that makes keys is off in its project."""
    title = "The IAM API is switched off in its project"
    return _not_rotated(facts, RotationFailure.API_OFF, title, "Enable the API at Google")


def _not_rotated(
    facts: ServiceAccountFacts, reason: RotationFailure, title: str, label: str
) -> Cause | None:
    if facts.rotation != reason:
        return None
    return Cause(
        title,
        Likelihood.LIKELY,
        [f"{_rotation_failed(facts)} The present key stays in use."],
        facts.rotation_words,
        label,
        _MENDED_AT[reason],
    )


def rotation_failed(facts: ServiceAccountFacts) -> Cause | None:
    """Some other reason why the key was not replaced."""
    if not facts.rotation or facts.rotation in _MENDED_AT or not facts.works:
        return None
    return Cause(
        "Its key could not be rotated",
        Likelihood.LIKELY,
        [_rotation_failed(facts)],
        facts.rotation_words,
        "Rotate now",
        Act.ROTATE,
    )


def old_key(facts: ServiceAccountFacts) -> Cause | None:
    """It works, and should have been replaced."""
    if not facts.key_is_old or facts.key_since is None:
        return None
    return Cause(
        "Its key is old",
        Likelihood.POSSIBLE,
        [f"It is here for {days(facts.now - facts.key_since)}."],
        "The longer a key is in use, the more copies of it there may be. The portal has Google "
        "make a new one, tries it, and then deletes this one."
        if facts.key_id
        else "The longer a key is in use, the more copies of it there may be. A key from a P12 "
        "file cannot be rotated from here: make a JSON key in Google Cloud and upload it.",
        "Rotate now" if facts.key_id else NEW_KEY,
        Act.ROTATE if facts.key_id else Act.NEW_KEY,
    )


def other_keys(facts: ServiceAccountFacts) -> Cause | None:
    """Keys at Google that the portal did not make, or lost sight of."""
    many = len(facts.other_keys)
    if not many:
        return None
    return Cause(
        "Google lists keys that are not here",
        Likelihood.POSSIBLE,
        [f"{kid[:8]}…, made on {on(since)}." for kid, since in facts.other_keys],
        "Each of them opens what this account may see. Delete those that nobody uses; Google "
        f"keeps {MOST_KEYS} for an account, and a rotation needs room for one.",
        AT_GOOGLE,
        Act.CLOUD_ACCOUNTS,
    )


def _rotation_failed(facts: ServiceAccountFacts) -> str:
    when = f" on {on(facts.rotation_at)}" if facts.rotation_at else ""
    return f"Rotating its key failed{when}."
