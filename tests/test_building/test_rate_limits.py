"""Rate limits are kept in the cache that all processes share: two servers count together."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from portal.demo.ports import any_free
from portal.demo.programs import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.sqlite(only=True), pytest.mark.timeout(300)]
RIGHT, WRONG = "canary-right-password", "canary-wrong-password"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
PEOPLE = (
    "from accounts.models import User; "
    "from allauth.account.models import EmailAddress\n"
    "for email in ('nina@new.example', 'olga@new.example'):\n"
    f"    user = User.objects.create_user(email, '{RIGHT}')\n"
    "    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)\n"
)
# Of wrong passwords for one person, whoever types them (django-allauth's own).
ALLOWED = 5


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[str]]:
    """Two web processes with one database, in which the cache is."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.sqlite3'}",
        "CACHE_URL": "dbcache://portal_cache",
        "ACCOUNT_RATE_LIMITS_ENABLED": "true",
        "BASE_URL": "http://127.0.0.1",
    }
    for command in (["migrate", "-v0"], ["createcachetable"], ["shell", "-v0", "-c", PEOPLE]):
        manage = (sys.executable, "-W", "ignore", "manage.py", *command)
        subprocess.run(manage, cwd=ROOT, env=environment, check=True)  # noqa: S603  # our own
    ports = [any_free(), any_free()]
    with ExitStack() as stack:
        log = stack.enter_context((tmp_path / "web.log").open("wb"))
        for port in ports:
            bind = ("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4")
            program = (sys.executable, "-m", "gunicorn", "portal.wsgi", *bind)
            process = subprocess.Popen(  # noqa: S603  # likewise
                (*program, "--no-control-socket"), cwd=ROOT, env=environment, stdout=log, stderr=log
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for address in addresses:
            wait_for(address, tmp_path / "web.log")
        yield addresses


def wait_for(address: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{address}/healthz", timeout=30).status_code == 200:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def sign_in(address: str, email: str, password: str) -> bool:
    """Whether somebody with a new browser gets in."""
    browser = requests.Session()
    token = TOKEN.search(browser.get(f"{address}/accounts/login/", timeout=30).text)
    assert token
    sent = {"csrfmiddlewaretoken": token[1], "login": email, "password": password}
    answer = browser.post(
        f"{address}/accounts/login/", data=sent, timeout=30, allow_redirects=False
    )
    assert answer.status_code in (200, 302), answer.text
    return answer.status_code == 302


def test_two_processes_share_one_limit(servers: list[str]) -> None:
    one, other = servers
    assert sign_in(one, "nina@new.example", RIGHT)
    for turn in range(ALLOWED):
        assert not sign_in(servers[turn % 2], "nina@new.example", WRONG)
    assert not sign_in(one, "nina@new.example", RIGHT)
    assert not sign_in(other, "nina@new.example", RIGHT)
    # The two differ in their ports, which a client may write into its Host header as it likes.
    assert sign_in(one, "olga@new.example", RIGHT)
    assert sign_in(other, "olga@new.example", RIGHT)
