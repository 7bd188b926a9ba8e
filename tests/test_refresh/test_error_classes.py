"""Every row of the contract's token-error table, and what policy it gets (contract §1.2)."""

import json
from typing import Any

import pytest

from tokens.google.errors import (
    CLASS_OF,
    SENTENCES,
    ErrorClass,
    ErrorKind,
    GoogleError,
    reason_of,
    token_trouble,
)

TERMINAL, TRANSIENT = ErrorClass.TERMINAL, ErrorClass.TRANSIENT
CLIENT, REQUEST = ErrorClass.CLIENT, ErrorClass.REQUEST

TABLE = [
    ("invalid_grant", "Token has been expired or revoked.", 400, TERMINAL),
    ("invalid_grant", "Bad Request", 400, TERMINAL),
    ("invalid_grant", "Malformed auth code.", 400, TERMINAL),
    ("invalid_grant", "Missing code verifier.", 400, TERMINAL),
    ("invalid_grant", "Invalid code verifier.", 400, TERMINAL),
    ("invalid_grant", "reauth related error (invalid_rapt)", 400, TERMINAL),
    ("invalid_grant", "Account has been deleted", 400, TERMINAL),
    ("invalid_grant", "Account disabled", 400, TERMINAL),
    ("invalid_client", "Unauthorized", 401, CLIENT),
    ("invalid_client", "The OAuth client was not found.", 401, CLIENT),
    ("deleted_client", "The OAuth client was deleted.", 401, CLIENT),
    ("disabled_client", "The OAuth client was disabled.", 401, CLIENT),
    ("unauthorized_client", "Unauthorized", 401, CLIENT),
    ("redirect_uri_mismatch", "Bad Request", 400, CLIENT),
    ("invalid_scope", "Some requested scopes were invalid.", 400, TERMINAL),
    ("invalid_request", "Missing required parameter: code", 400, REQUEST),
    ("unsupported_grant_type", "Invalid grant_type: x", 400, REQUEST),
    ("org_internal", "This client is restricted to users within its organization.", 403, CLIENT),
    ("admin_policy_enforced", "anything", 400, TERMINAL),
    ("access_denied", "anything", 400, TERMINAL),
    ("internal_failure", "Backend Error", 400, TRANSIENT),
    ("internal_failure", "Backend Error", 500, TRANSIENT),
    ("server_error", "", 500, TRANSIENT),
    ("temporarily_unavailable", "", 503, TRANSIENT),
    ("rate_limit_exceeded", "You have exceeded the token issuance rate limit", 429, TRANSIENT),
    ("rate_limit_exceeded", "You have exceeded the token issuance rate limit", 403, TRANSIENT),
]


@pytest.mark.parametrize(("code", "words", "status", "policy"), TABLE)
def test_each_error_gets_its_policy(code: str, words: str, status: int, policy: ErrorClass) -> None:
    trouble = token_trouble(status, {"error": code, "error_description": words}, None)
    assert CLASS_OF[trouble.kind] is policy
    assert trouble.code == code
    assert trouble.message == words


BODIES: list[tuple[int, dict[str, Any] | None]] = [
    (status, body)
    for status in (302, 400, 401, 403, 404, 408, 418, 429, 500, 502, 503, 504)
    for body in (None, {}, {"error": "something_new"}, {"error": {"code": 500}}, {"error": None})
]


@pytest.mark.parametrize(
    ("status", "body"), BODIES, ids=[f"{s}-{json.dumps(b)}" for s, b in BODIES]
)
def test_nothing_but_a_known_code_in_json_ends_a_grant(
    status: int, body: dict[str, Any] | None
) -> None:
    trouble = token_trouble(status, body, None)
    assert CLASS_OF[trouble.kind] is TRANSIENT


def test_session_control_is_recognisable_by_its_subtype() -> None:
    body = {
        "error": "invalid_grant",
        "error_description": "reauth related error (invalid_rapt)",
        "error_subtype": "invalid_rapt",
    }
    assert token_trouble(400, body, None).message.endswith("(invalid_rapt)")


def test_the_subtype_stands_behind_google_s_words_cut_to_sixty() -> None:
    body = {"error": "invalid_grant", "error_description": "Words", "error_subtype": "s" * 99}
    assert token_trouble(400, body, None).message == f"Words ({'s' * 60})"
    assert token_trouble(400, {**body, "error_subtype": ""}, None).message == "Words"


def test_what_a_body_does_not_say_is_said_by_nobody() -> None:
    silent: tuple[dict[str, Any] | None, ...] = (None, {})
    for body in silent:
        trouble = token_trouble(400, body, None)
        assert (trouble.status, trouble.code, trouble.message) == (400, "", "")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ErrorKind.MALFORMED_ANSWER),
        (408, ErrorKind.TIMEOUT),
        (409, ErrorKind.MALFORMED_ANSWER),
        (429, ErrorKind.RATE_LIMITED),
        (430, ErrorKind.MALFORMED_ANSWER),
        (499, ErrorKind.MALFORMED_ANSWER),
        (500, ErrorKind.UNAVAILABLE),
        (503, ErrorKind.UNAVAILABLE),
    ],
)
def test_without_a_known_code_the_status_decides(status: int, kind: ErrorKind) -> None:
    for body in (None, {}, {"error": "something_new"}):
        assert token_trouble(status, body, None).kind is kind


def test_google_is_waited_for_as_it_asks_but_not_longer_than_a_token_lives() -> None:
    assert token_trouble(503, None, None).retry_after is None
    assert token_trouble(503, None, 90).retry_after == 90
    assert token_trouble(503, None, 10**6).retry_after == 3600


def test_an_error_knows_its_trouble_and_tells_people_a_sentence() -> None:
    trouble = token_trouble(400, {"error": "invalid_grant"}, 5)
    error = GoogleError(trouble)
    assert error.trouble is trouble
    assert error.kind is ErrorKind.GRANT_DEAD
    assert error.error_class is TERMINAL
    assert error.permanent
    assert error.retry_after == 5
    assert str(error) == SENTENCES[ErrorKind.GRANT_DEAD]
    assert not GoogleError(token_trouble(503, None, None)).permanent


INFO = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ([INFO], "SERVICE_DISABLED"),
        ([{"@type": "type.googleapis.com/google.rpc.Help", "reason": "no"}, INFO], INFO["reason"]),
        ([{"reason": "untyped"}, "words", None, INFO], INFO["reason"]),
        ([{**INFO, "reason": "R" * 99}], "R" * 60),
        ([{"@type": INFO["@type"]}], ""),
        ([{**INFO, "reason": 7}], "7"),
        ([INFO, {**INFO, "reason": "SECOND"}], INFO["reason"]),
        ([], ""),
        ("words", ""),
        (None, ""),
    ],
)
def test_the_reason_is_that_of_the_first_error_info(details: object, reason: str) -> None:
    assert reason_of({"error": {"code": 403, "details": details}}) == reason


@pytest.mark.parametrize("body", [None, {}, {"error": None}, {"error": "invalid_grant"}])
def test_a_body_without_details_gives_no_reason(body: dict[str, Any] | None) -> None:
    assert reason_of(body) == ""


def test_every_kind_has_a_class_and_a_sentence() -> None:
    assert set(CLASS_OF) == set(SENTENCES) == set(ErrorKind)


def test_oversized_words_are_cut() -> None:
    trouble = token_trouble(400, {"error": "x" * 999, "error_description": "y" * 9999}, None)
    assert len(trouble.code) <= 60
    assert len(trouble.message) <= 300
