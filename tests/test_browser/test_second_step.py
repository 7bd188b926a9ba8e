"""An authenticator app, recovery codes, and signing out the other browsers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.test_browser.stack import Stack
from tests.test_browser.walker import PASSWORD, Walker
from tests.test_people.test_second_step import code_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def elsewhere(browser: Browser, stack: Stack) -> Iterator[Walker]:
    """The same person at another browser."""
    context = browser.new_context()
    walker = Walker(context.new_page(), stack)
    yield walker
    walker.has_nothing_to_complain_about()
    context.close()


def sign_in(walker: Walker, email: str, after: str) -> None:
    walker.open(f"/accounts/login/?next={after}")
    walker.page.get_by_label("E-mail").fill(email)
    walker.page.get_by_label("Password").fill(PASSWORD)
    walker.press("Sign in")


def test_recovery_codes_are_kept_once_and_let_one_in(
    walker: Walker, elsewhere: Walker, name: str
) -> None:
    page, email = walker.page, f"{name}@walkers.example"
    walker.sign_up(email, name)
    walker.open("/accounts/2fa/")
    walker.follow("Set it up")
    walker.is_at("Set up an authenticator app")
    page.get_by_label("Code").fill(code_of(page.locator("#totp-key").inner_text()))
    walker.press("Switch it on")

    walker.is_at("Recovery codes")
    walker.look()
    shown = page.locator("#codes").inner_text().split()
    assert len(shown) >= 9
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    walker.press("Copy recovery codes")
    walker.sees("Copied")
    assert page.evaluate("navigator.clipboard.readText()").split() == shown
    with page.expect_download() as download:
        walker.press("Download")
    assert download.value.suggested_filename == "recovery-codes.txt"
    assert download.value.path().read_text().split() == shown
    page.evaluate("window.print = () => { window.printed = true; }")
    walker.press("Print")
    assert page.evaluate("window.printed")
    walker.follow("I have kept them")
    walker.open("/accounts/2fa/recovery-codes/")
    walker.sees("They were shown once and cannot be shown again.")
    assert shown[0] not in page.content()

    sign_in(elsewhere, email, "/accounts/2fa/")
    elsewhere.is_at("Second step")
    elsewhere.look()
    elsewhere.page.get_by_label("Code").fill(shown[0])
    elsewhere.press("Sign in")
    elsewhere.is_at("Passkeys and second step")
    elsewhere.sees(f"{len(shown) - 1} of your codes are left.")
    elsewhere.page.context.clear_cookies()
    sign_in(elsewhere, email, "/accounts/2fa/")
    elsewhere.page.get_by_label("Code").fill(shown[0])
    elsewhere.press("Sign in")
    elsewhere.is_at("Second step")
    expect(elsewhere.page.locator("[data-focus], [aria-invalid=true]").first).to_be_visible()


def test_signing_out_everywhere_else_leaves_this_browser_in(
    walker: Walker, elsewhere: Walker, name: str
) -> None:
    email = f"{name}@walkers.example"
    walker.sign_up(email, name)
    sign_in(elsewhere, email, f"/t/{name}/")
    expect(elsewhere.page.locator(".switcher-name")).to_have_text(name)
    walker.open("/accounts/sessions/")
    expect(walker.page.locator(".people li")).to_have_count(2)
    walker.look()
    walker.press("Sign out everywhere else")
    expect(walker.page.locator(".people li")).to_have_count(1)
    elsewhere.page.reload()
    elsewhere.is_at("Sign in")
    walker.open(f"/t/{name}/")
    expect(walker.page.locator(".switcher-name")).to_have_text(name)
