"""Cookies, transport and hosts, as production's settings make them."""

import json
import subprocess
import sys
from typing import Any

from django.test import Client

from portal.demo.programs import ROOT

NAMES = (
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "CSRF_COOKIE_HTTPONLY",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
)


def in_production() -> dict[str, Any]:
    """The settings of a portal at an https:// address, read by a process of its own."""
    program = (
        "import json; from portal import settings; "
        f"print(json.dumps({{name: getattr(settings, name) for name in {NAMES!r}}}))"
    )
    environment = {
        "SECRET_KEY": "x" * 50,
        "FIELD_ENCRYPTION_KEY": "",
        "PORTAL_ENV_FILE": "/dev/null",
        "BASE_URL": "https://portal.example",
        "BROKER_URL": "memory://",
    }
    said = subprocess.run(  # noqa: S603  # a program of our own
        (sys.executable, "-c", program), cwd=ROOT, env=environment, capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(said.stdout)
    return answer


def test_cookies_are_bound_to_the_host_over_https() -> None:
    found = in_production()
    assert found["SESSION_COOKIE_NAME"] == "__Host-session"
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert all(found[name] is True for name in NAMES[2:7])
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_only_our_own_host_is_answered(db: None) -> None:
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400
    forwarded = Client().get("/", headers={"x-forwarded-host": "evil.example"})
    assert b"evil.example" not in forwarded.content
