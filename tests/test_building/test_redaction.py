"""What looks like a secret never reaches a log."""

import io
import json
import logging
import re
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
import structlog
from django.http import QueryDict
from django.test import RequestFactory
from django.urls import get_resolver

from portal.operations.logs import formatter
from portal.operations.redaction import answering, redact
from tests.test_house.source import ROOT
from tests.test_isolation.test_routes import addresses

UUID = "0b5f8d5e-7a53-4d0f-9e3f-8a4f4f1f0b11"
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


def stored_secrets() -> list[str]:
    """Ciphertexts of every format that was ever stored, from the golden ones."""
    golden = json.loads((ROOT / "tests/test_secrets/golden_ciphertexts.json").read_text("utf-8"))
    return [token for version in ("v1", "v2") for token in golden[version].values()]


def test_what_is_stored_is_blotted_out_in_every_format() -> None:
    secrets = stored_secrets()
    assert len(secrets) > 20
    assert {redact(f"a {secret} b") for secret in secrets} == {"a [redacted] b"}


def test_codes_and_states_are_blotted_out_of_addresses() -> None:
    assert redact("GET /google/callback/?code=abc&state=xyz&x=1") == (
        "GET /google/callback/?code=[redacted]&state=[redacted]&x=1"
    )


def test_ordinary_text_stays_as_it_is() -> None:
    text = "request 7f3a moved queued → requesting in 412 ms at https://example.com/a/b"
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /reconnect/canary-token/", "GET /reconnect/[redacted]/"),
        (
            f"POST /invitations/{UUID}/canary/accept/",
            f"POST /invitations/{UUID}/[redacted]/accept/",
        ),
        (f"POST /t/acme/invitations/{UUID}/send/", f"POST /t/acme/invitations/{UUID}/send/"),
        ("/mails/stop/canary:x:y/", "/mails/stop/[redacted]/"),
        ("/accounts/password/reset/key/1-canary-x/", "/accounts/password/reset/key/[redacted]/"),
        ("/accounts/confirm-email/canary:x/", "/accounts/confirm-email/[redacted]/"),
        (
            "/google/terms/?accountTicketId=canary&x=1",
            "/google/terms/?accountTicketId=[redacted]&x=1",
        ),
        (
            "http://g.example/#/termsofservice/canary?x",
            "http://g.example/#/termsofservice/[redacted]?x",
        ),
        ("redis://:canary@redis:6379/0", "redis://[redacted]@redis:6379/0"),
        ("postgres://portal:canary@db/portal", "postgres://[redacted]@db/portal"),
        ('{"url": "/x?token=canary"}', '{"url": "/x?token=[redacted]"}'),
    ],
)
def test_what_lets_people_in_is_blotted_out_of_addresses(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_every_route_that_carries_a_token_is_known() -> None:
    """A new one belongs into `portal.operations.redaction`."""
    routes = [whole for whole, _ in addresses(get_resolver().url_patterns)]
    carrying = [route for route in routes if re.search(r"<str:\w+>|\?P<key>", route)]
    assert len(carrying) > 3
    for route in carrying:
        path = "/" + route.replace("<uuid:tenant_id>", UUID)
        path = re.sub(r"<str:\w+>|\(\?P<\w+>[^)]*\)", "canary", path.replace("^", ""))
        assert "canary" not in redact(path), route


def refuse(secret: str) -> None:
    raise ValueError(f"refused {secret}")


def test_messages_arguments_and_exceptions_are_redacted_for_every_handler() -> None:
    text = io.StringIO()
    handlers = [logging.StreamHandler(text) for _ in range(3)]
    handlers[1].setFormatter(formatter("json"))
    handlers[2].setFormatter(formatter("console"))
    log = logging.getLogger("tests.canaries")
    structured = structlog.get_logger("tests.canaries")
    for handler in handlers:
        log.addHandler(handler)
    try:
        try:
            refuse(SECRETS[1])
        except ValueError:
            log.exception("token %s", SECRETS[0])
            structured.exception("x", deep={"list": [SECRETS[0]]}, thing=Exception(SECRETS[2]))
    finally:
        for handler in handlers:
            log.removeHandler(handler)
    assert text.getvalue().count("refused [redacted]") == 6
    assert "canary-" not in text.getvalue().replace("tests.canaries", "")


def test_no_logger_has_a_handler_of_its_own() -> None:
    """What Django, Celery and gunicorn would add redacts nothing, or mails whole requests."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    assert not [
        (logger.name, handler)
        for logger in loggers
        for handler in logger.handlers
        if not isinstance(handler, logging.NullHandler)
    ]


@pytest.mark.parametrize(
    "password",
    [
        "back\\slash'quote\"canary",
        "it's a canary",
        "line\nbreak\tcanary",
        "ümläut-cänary",
        "per%cent&am=p canary",
        "<html>canary",
        "\ud800-canary",
    ],
    ids=ascii,
)
@pytest.mark.parametrize(
    "spell",
    [
        str,
        repr,
        ascii,
        lambda word: repr(repr(word)),
        lambda word: repr({"password": [word]}),
        json.dumps,
        lambda word: json.dumps(word, ensure_ascii=False),
        escape,
        lambda word: repr(word.encode("utf-8", "backslashreplace")),
        lambda word: quote(word.encode("utf-8", "backslashreplace")),
        lambda word: quote_plus(word.encode("utf-8", "backslashreplace")),
    ],
)
def test_a_password_is_blotted_out_however_it_is_spelt(
    password: str, spell: Callable[[str], str]
) -> None:
    request = RequestFactory().post("/")
    posted = QueryDict(mutable=True)
    posted["password"] = password
    request.POST = posted  # type: ignore[assignment]  # the stubs know immutable ones only
    with answering(request):
        assert "nary" not in redact(f"ValueError: {spell(password)} is wrong")


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("words", "value"), [("%d of them", "x"), ("%s %s", "x"), ("%s", Unspeakable())]
)
def test_a_line_that_is_written_wrong_breaks_nothing(
    caplog: pytest.LogCaptureFixture, words: str, value: object
) -> None:
    logging.getLogger("some.library").warning(words, value)
    assert caplog.messages[0].startswith(words)
