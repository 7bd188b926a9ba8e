"""A real portal, a real browser."""

import os
import secrets
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import ADVICE
from tests.scratch_database import scratch_database
from tests.test_browser.stack import Stack, StackProcess
from tests.test_browser.walker import Walker

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if not path:
        pytest.fail(f"CHROMIUM_PATH is not set; run `make test-browser`. {ADVICE}")
    return {**browser_type_launch_args, "executable_path": path, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """People are somewhere; a browser in UTC is in no country."""
    return {**browser_context_args, "timezone_id": "Europe/Madrid"}


@pytest.fixture(scope="session", autouse=True)
def _playwright_and_django_share_a_thread() -> Iterator[None]:
    # Playwright keeps an event loop in this thread, which makes Django think that
    # the tests that come after in this process are asynchronous; they are not.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with scratch_database(os.environ["DATABASE_URL"]) as database_url:
        running = StackProcess(tmp_path_factory.mktemp("stack"), database_url)
        try:
            yield running.ready()
        finally:
            running.stop()
        assert not running.leaks()


@pytest.fixture
def walker(page: Page, stack: Stack) -> Iterator[Walker]:
    walker = Walker(page, stack)
    yield walker
    stack.control("DELETE", "scenario")
    walker.has_nothing_to_complain_about()


@pytest.fixture
def scriptless(browser: Browser, stack: Stack) -> Iterator[Walker]:
    context = browser.new_context(java_script_enabled=False)
    yield Walker(context.new_page(), stack)
    context.close()


@pytest.fixture
def name() -> str:
    """A name that no other test uses, fit for a slug."""
    return f"w{secrets.token_hex(4)}"
