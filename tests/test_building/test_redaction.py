"""What looks like a secret never reaches a log."""

import logging

import pytest

from portal.redaction import RedactingFilter, redact

SECRETS = [
    "ya29.emu-canary_access-token",
    "1//emu-canary-refresh",
    "4/0emu-canary-code",
    "GOCSPX-emu-canary",
    "AIzaEmuCanary",
    "v1.0123456789ab.c2VhbGVkLWNhbmFyeS1zZWFsZWQtY2FuYXJ5",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_blotted_out_of_any_text(secret: str) -> None:
    assert redact(f'a "{secret}" b') == 'a "[redacted]" b'


def test_codes_and_states_are_blotted_out_of_addresses() -> None:
    assert redact("GET /google/callback/?code=abc&state=xyz&x=1") == (
        "GET /google/callback/?code=[redacted]&state=[redacted]&x=1"
    )


def test_ordinary_text_stays_as_it_is() -> None:
    text = "request 7f3a moved queued → requesting in 412 ms at https://example.com/a/b"
    assert redact(text) == text


def test_messages_arguments_and_exceptions_are_redacted() -> None:
    error = ValueError(f"refused {SECRETS[1]}")
    info = (type(error), error, None)
    record = logging.LogRecord("x", 40, "f", 1, "token %s", (SECRETS[0],), info)
    RedactingFilter().filter(record)
    assert "canary" not in f"{record.getMessage()} {record.exc_text}"
