"""The doctor's table of service accounts: what the evidence is, and what it is taken for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tokens.diagnostics.diagnosis import ACCOUNT_RULES, Diagnosis, diagnose_account
from tokens.diagnostics.facts import Act, Likelihood, Refusal, ServiceAccountFacts
from tokens.service_accounts.states import RotationFailure

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WELL = ServiceAccountFacts(
    now=NOW,
    asked_at=NOW,
    email="robot@acme-project.iam.gserviceaccount.com",
    project="acme-project",
    clock_skew=0.2,
    key_id="f" * 40,
    key_since=NOW - 40 * DAY,
)


def refused(code: str, message: str, kind: str = "grant_dead") -> dict[str, Any]:
    return {"error_kind": kind, "error_code": code, "error_message": message}


SIGNATURE = refused("invalid_grant", "Invalid JWT Signature.")
TOO_OLD = refused(
    "invalid_grant",
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
)


def not_rotated(reason: RotationFailure) -> dict[str, Any]:
    return {"rotation": reason.value, "rotation_words": reason.label, "rotation_at": NOW - DAY}


def refusal(reason: str) -> dict[str, Any]:
    return {"refusals": [Refusal(403, reason, NOW - DAY)]}


CERTAIN, LIKELY, POSSIBLE = Likelihood.CERTAIN, Likelihood.LIKELY, Likelihood.POSSIBLE
# evidence → the first cause, how sure, what its button does, the tone of the verdict
TABLE: list[tuple[dict[str, Any], str, Likelihood, Act, str]] = [
    (
        {"sealed": "FIELD_ENCRYPTION_KEY is empty."},
        "The portal cannot open its secrets just now",
        CERTAIN,
        Act.CHECK_AGAIN,
        "bad",
    ),
    (
        {"unreadable": "It does not open."},
        "The stored key cannot be opened",
        CERTAIN,
        Act.NEW_KEY,
        "bad",
    ),
    (
        {**TOO_OLD, "clock_skew": 400.0},
        "The portal's clock is wrong",
        CERTAIN,
        Act.CHECK_AGAIN,
        "bad",
    ),
    (SIGNATURE, "The key was deleted or disabled at Google", CERTAIN, Act.NEW_KEY, "bad"),
    (
        refused("invalid_grant", "Invalid grant: account not found"),
        "The service account was deleted at Google",
        CERTAIN,
        Act.CLOUD_ACCOUNTS,
        "bad",
    ),
    (
        refused("disabled_client", "The OAuth client was disabled.", "client_refused"),
        "The service account is disabled at Google",
        CERTAIN,
        Act.CLOUD_ACCOUNTS,
        "bad",
    ),
    (
        refused("admin_policy_enforced", "Restricted by your organisation.", "access_denied"),
        "The organisation does not allow this service account",
        CERTAIN,
        Act.WORKSPACE,
        "bad",
    ),
    (
        refused("invalid_scope", "Invalid OAuth scope or ID token audience.", "scope_missing"),
        "Google does not give it the permission to read",
        CERTAIN,
        Act.EXCHANGES,
        "bad",
    ),
    (
        refused("invalid_grant", "Invalid JWT: Failed audience check."),
        "The portal asks Google at a wrong address",
        CERTAIN,
        Act.CHECK_AGAIN,
        "bad",
    ),
    (
        refused("", "", "unavailable"),
        "Google, or the way to it, fails at the moment",
        CERTAIN,
        Act.CHECK_AGAIN,
        "warn",
    ),
    (
        refused("invalid_grant", "Not a valid email"),
        "Google refuses it",
        CERTAIN,
        Act.EXCHANGES,
        "bad",
    ),
    (
        refusal("SERVICE_DISABLED"),
        "The Google Analytics Admin API is switched off",
        CERTAIN,
        Act.CLOUD_API,
        "warn",
    ),
    (
        refusal("PERMISSION_DENIED"),
        "It has no access to what was asked for",
        LIKELY,
        Act.ANALYTICS,
        "warn",
    ),
    (
        not_rotated(RotationFailure.POLICY),
        "The organisation forbids new keys",
        LIKELY,
        Act.CLOUD_POLICY,
        "warn",
    ),
    (
        not_rotated(RotationFailure.LIMIT),
        "Google keeps 10 keys, and it has them",
        LIKELY,
        Act.CLOUD_ACCOUNTS,
        "warn",
    ),
    (
        not_rotated(RotationFailure.FORBIDDEN),
        "It may not manage its own keys",
        LIKELY,
        Act.CLOUD_ACCOUNTS,
        "warn",
    ),
    (
        not_rotated(RotationFailure.API_OFF),
        "The IAM API is switched off in its project",
        LIKELY,
        Act.CLOUD_IAM_API,
        "warn",
    ),
    (
        not_rotated(RotationFailure.NEW_REFUSED),
        "Its key could not be rotated",
        LIKELY,
        Act.ROTATE,
        "warn",
    ),
    ({"key_is_old": True}, "Its key is old", POSSIBLE, Act.ROTATE, "ok"),
    (
        {"other_keys": [("e" * 40, NOW - 9 * DAY)]},
        "Google lists keys that are not here",
        POSSIBLE,
        Act.CLOUD_ACCOUNTS,
        "ok",
    ),
]


def doctor(**changes: Any) -> Diagnosis:
    return diagnose_account(replace(WELL, **changes))


@pytest.mark.parametrize(
    ("facts", "title", "likelihood", "act", "tone"), TABLE, ids=[row[1] for row in TABLE]
)
def test_the_first_cause_is(
    facts: dict[str, Any], title: str, likelihood: Likelihood, act: Act, tone: str
) -> None:
    diagnosis = doctor(**facts)
    first = diagnosis.causes[0]
    assert (first.title, first.likelihood, first.action) == (title, likelihood, act)
    assert diagnosis.tone == tone
    assert first.because
    assert all(sentence.endswith((".", "”")) for sentence in first.because)
    assert first.explains.endswith(".")
    assert first.action_label


def test_every_finding_is_in_the_table() -> None:
    found = {
        cause.title
        for facts, *_ in TABLE
        for finding in ACCOUNT_RULES
        if (cause := finding(replace(WELL, **facts))) is not None
    }
    assert len(found) == len(ACCOUNT_RULES)


def test_one_that_works_is_said_to() -> None:
    diagnosis = doctor()
    assert (diagnosis.tone, diagnosis.verdict) == ("ok", "This service account works")
    assert diagnosis.causes == diagnosis.ruled_out == []


def test_one_that_worked_when_google_was_last_asked_is_said_to_have() -> None:
    diagnosis = doctor(asked_at=NOW - timedelta(hours=3))
    assert (diagnosis.tone, diagnosis.verdict) == ("ok", "Last known good 3 hours ago")
    assert doctor(asked_at=None).verdict == "Not checked yet"


def test_of_what_was_only_noted_no_words_are_put_into_google_s_mouth() -> None:
    cause = doctor(error_kind="noted", error_message="The key is disabled.").causes[0]
    assert cause.because == ["The key is disabled."]


def test_a_right_clock_is_ruled_out_where_a_signature_is_refused() -> None:
    diagnosis = doctor(**SIGNATURE)
    assert [cause.title for cause in diagnosis.causes] == [
        "The key was deleted or disabled at Google"
    ]
    (clock,) = diagnosis.ruled_out
    assert clock.because == ["By the date of Google's last answer it is right."]


def test_a_wrong_clock_is_possible_while_google_still_bears_with_it() -> None:
    diagnosis = doctor(clock_skew=120.0)
    assert (diagnosis.tone, diagnosis.verdict) == ("ok", "This service account works")
    assert diagnosis.causes[0].because == [
        "By the date of Google's last answer it is 120 seconds ahead of Google's."
    ]


def test_a_key_from_a_p12_file_is_replaced_by_hand() -> None:
    (cause,) = doctor(key_is_old=True, key_id="").causes
    assert (cause.action, cause.action_label) == (Act.NEW_KEY, "Upload a new key")


def test_a_rotation_that_failed_for_want_of_a_key_is_not_said_twice() -> None:
    facts = {**SIGNATURE, **not_rotated(RotationFailure.OLD_REFUSED)}
    assert len(doctor(**facts).causes) == 1
