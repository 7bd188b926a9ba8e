"""What lets people in stands in no access log: not the portal's, gunicorn's or a proxy's."""

import io
import logging
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import get_resolver
from gunicorn.config import Config
from gunicorn.glogging import Logger

from portal.operations.logs import formatter
from tests.test_house.source import ROOT
from tests.test_isolation.test_routes import addresses

UUID = "0b5f8d5e-7a53-4d0f-9e3f-8a4f4f1f0b11"
PRODUCTION = (ROOT / "docs" / "production.md").read_text("utf-8")
# Addresses with a secret in them, as browsers ask for them.
ASKED = [
    "/reconnect/canary-token/",
    f"/invitations/{UUID}/canary-token/",
    f"/invitations/{UUID}/canary-token/accept/",
    "/mails/stop/canary:to:ken/",
    "/google/terms/?accountTicketId=canary-ticket&accountId=7",
    "/google/callback/?code=canary-code&state=canary-state",
]


@pytest.mark.parametrize("address", ASKED)
def test_the_portal_s_own_log_has_none(db: None, address: str) -> None:
    text, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(text)
    handler.setFormatter(formatter("json"))
    root.addHandler(handler)
    level = root.level
    root.setLevel("INFO")
    try:
        Client().get(address, headers={"Referer": f"http://testserver{address}"})
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert "request_started" in text.getvalue()
    assert "canary" not in text.getvalue()


@pytest.mark.parametrize("address", ASKED)
def test_gunicorn_s_log_has_none(capfd: pytest.CaptureFixture[str], address: str) -> None:
    config = Config()
    config.set("accesslog", "-")
    log = Logger(config)
    try:
        environ = {
            "REQUEST_METHOD": "GET",
            "RAW_URI": address,
            "PATH_INFO": address.partition("?")[0],
            "QUERY_STRING": address.partition("?")[2],
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_REFERER": f"https://portal.example{address}",
        }
        answer = SimpleNamespace(status="200 OK", sent=1, headers=[], response_length=1)
        log.access(answer, SimpleNamespace(headers=[]), environ, timedelta(seconds=1))
        log.error_log.propagate = False
        try:
            raise_something()
        except OSError:
            log.exception("Error handling request %s", address)
    finally:
        for logger in (log.access_log, log.error_log):
            logger.handlers.clear()
            logger.propagate = True
    said = "".join(capfd.readouterr())
    assert "[redacted]" in said
    assert "canary" not in said


def raise_something() -> None:
    raise OSError("closed")


def carrying_a_token() -> list[str]:
    """Routes whose last part lets people in, with a canary in its place."""
    routes = [f"/{whole}" for whole, _ in addresses(get_resolver().url_patterns)]
    found = [re.sub(r"<uuid:\w+>", UUID, route) for route in routes if "<str:" in route]
    assert len(found) > 3
    return [re.sub(r"<str:\w+>", "canary", route) for route in found]


@pytest.mark.parametrize("address", [*carrying_a_token(), *ASKED])
def test_the_proxies_of_the_documentation_log_none(address: str) -> None:
    [first, second] = re.findall(r'"~(\^.+?)"  "', PRODUCTION)
    link, path = (re.compile(rule.replace("(?<", "(?P<")) for rule in (first, second))
    found = link.match(address) or path.match(address)
    assert found is not None
    assert "canary" not in found[1]
    [caddy] = re.findall(r'uri regexp "(.+?)"', PRODUCTION)
    assert "canary" not in re.sub(caddy, "-", address)
