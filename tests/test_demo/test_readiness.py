"""What is said about a portal that is not ready."""

import pytest

from portal.demo.ports import any_free
from portal.demo.readiness import ask, reds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"ready": false, "checks": {"database": true, "worker": false}}', "not green: worker"),
        ('{"ready": false}', "/readyz answers 503"),
        ("<h1>Service Unavailable</h1>", "/readyz answers 503"),
        ("[]", "/readyz answers 503"),
    ],
)
def test_the_red_checks_are_named(body: str, said: str) -> None:
    assert reds(503, body) == said


def test_nobody_there_is_not_ready() -> None:
    assert ask(any_free()) == (False, "the web server does not answer")
