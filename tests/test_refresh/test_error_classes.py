"""Every row of the contract's token-error table, and what policy it gets (contract §1.2)."""

import json
from typing import Any

import pytest

from tokens.google.errors import CLASS_OF, SENTENCES, ErrorClass, ErrorKind, token_trouble

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


def test_every_kind_has_a_class_and_a_sentence() -> None:
    assert set(CLASS_OF) == set(SENTENCES) == set(ErrorKind)


def test_oversized_words_are_cut() -> None:
    trouble = token_trouble(400, {"error": "x" * 999, "error_description": "y" * 9999}, None)
    assert len(trouble.code) <= 60
    assert len(trouble.message) <= 300
