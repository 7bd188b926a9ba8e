"""What there is to know about the keys of a service account that works.

Pure functions. Facts: contract §8 (ten keys, the organisation's policy, who may make them).
"""

from tokens.diagnostics.facts import AccountEvidence, Act, Cause, Likelihood
from tokens.diagnostics.rules.account import AT_GOOGLE, NEW_KEY
from tokens.diagnostics.rules.grant import days, on

# Google keeps so many keys that people made for one service account.
MOST_KEYS = 10
_EXPLAINED_REASONS = frozenset({"limit", "policy", "forbidden", "api_off"})


def policy(evidence: AccountEvidence) -> Cause | None:
    """The organisation forbids new keys."""
    return _not_rotated(
        evidence, "policy", "The organisation forbids new keys", "Open the policy at Google"
    )


def key_limit(evidence: AccountEvidence) -> Cause | None:
    """Ten keys are there, and Google makes no eleventh."""
    return _not_rotated(
        evidence, "limit", f"Google keeps {MOST_KEYS} keys, and it has them", AT_GOOGLE
    )


def may_not_manage(evidence: AccountEvidence) -> Cause | None:
    """It may not make keys for itself."""
    return _not_rotated(evidence, "forbidden", "It may not manage its own keys", AT_GOOGLE)


def iam_api_disabled(evidence: AccountEvidence) -> Cause | None:
    """The API that makes keys is off in its project."""
    title = "The IAM API is switched off in its project"
    return _not_rotated(evidence, "api_off", title, "Enable the API at Google")


_MENDED_AT = {
    "policy": Act.CLOUD_POLICY,
    "limit": Act.CLOUD_ACCOUNTS,
    "forbidden": Act.CLOUD_ACCOUNTS,
    "api_off": Act.CLOUD_IAM_API,
}


def _not_rotated(evidence: AccountEvidence, reason: str, title: str, label: str) -> Cause | None:
    if evidence.rotation != reason:
        return None
    return Cause(
        title,
        Likelihood.LIKELY,
        [f"{_rotation_failed(evidence)} The present key stays in use."],
        evidence.rotation_words,
        label,
        _MENDED_AT[reason],
    )


def rotation_failed(evidence: AccountEvidence) -> Cause | None:
    """Some other reason why the key was not replaced."""
    if not evidence.rotation or evidence.rotation in _EXPLAINED_REASONS or not evidence.works:
        return None
    return Cause(
        "Its key could not be rotated",
        Likelihood.LIKELY,
        [_rotation_failed(evidence)],
        evidence.rotation_words,
        "Rotate now",
        Act.ROTATE,
    )


def old_key(evidence: AccountEvidence) -> Cause | None:
    """It works, and should have been replaced."""
    if not evidence.key_is_old or evidence.key_since is None:
        return None
    return Cause(
        "Its key is old",
        Likelihood.POSSIBLE,
        [f"It is here for {days(evidence.now - evidence.key_since)}."],
        "The longer a key is in use, the more copies of it there may be. The portal has Google "
        "make a new one, tries it, and then deletes this one."
        if evidence.key_id
        else "The longer a key is in use, the more copies of it there may be. A key from a P12 "
        "file cannot be rotated from here: make a JSON key in Google Cloud and upload it.",
        "Rotate now" if evidence.key_id else NEW_KEY,
        Act.ROTATE if evidence.key_id else Act.NEW_KEY,
    )


def other_keys(evidence: AccountEvidence) -> Cause | None:
    """Keys at Google that the portal did not make, or lost sight of."""
    many = len(evidence.other_keys)
    if not many:
        return None
    return Cause(
        "Google lists keys that are not here",
        Likelihood.POSSIBLE,
        [f"{kid[:8]}…, made on {on(since)}." for kid, since in evidence.other_keys],
        "Each of them opens what this account may see. Delete those that nobody uses; Google "
        f"keeps {MOST_KEYS} for an account, and a rotation needs room for one.",
        AT_GOOGLE,
        Act.CLOUD_ACCOUNTS,
    )


def _rotation_failed(evidence: AccountEvidence) -> str:
    when = f" on {on(evidence.rotation_at)}" if evidence.rotation_at else ""
    return f"Rotating its key failed{when}."
