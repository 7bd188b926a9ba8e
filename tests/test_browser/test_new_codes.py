"""Another code by mail: the button says how long to wait, by itself and when it is pressed."""

import re

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import PASSWORD, Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_the_button_counts_down_and_sends_nothing_before(walker: Walker, name: str) -> None:
    page = walker.page
    page.clock.install()
    walker.open("/accounts/signup/")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).first.fill(f"{name}@walkers.example")
    page.get_by_label("Password").first.fill(PASSWORD)
    walker.press("Create account")
    walker.is_at("Confirm your e-mail address")
    again = page.get_by_role("button", name="Send a new code")
    expect(again).to_have_text(re.compile(r"Send a new code in (30|2\d) seconds"))
    expect(again).to_have_attribute("aria-disabled", "true")
    walker.look()
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.method))
    again.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#spoken")).to_have_text(re.compile(r"a new code in \d+ seconds\.$"))
    assert sent == []

    page.clock.run_for(31_000)
    expect(again).to_have_text("Send a new code")
    expect(again).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("#spoken")).to_have_text("You can ask for a new code now.")
    # The portal goes by its own clock, which nobody has turned.
    again.click()
    walker.sees(re.compile(r"No code was sent: you can ask for another one in \d+ seconds\."))
    expect(again).to_have_text(re.compile(r"in \d+ seconds"))


def test_without_javascript_the_portal_says_how_long_to_wait(scriptless: Walker, name: str) -> None:
    page = scriptless.page
    scriptless.open("/accounts/login/code/")
    page.get_by_label("E-mail").fill(f"{name}@walkers.example")
    scriptless.press("Send me a code")
    scriptless.is_at("Sign in with a code")
    scriptless.sees(re.compile("one can be sent\\s+30 seconds after the last"))
    scriptless.press("Send a new code")
    scriptless.sees(re.compile(r"No code was sent: you can ask for another one in \d+ seconds\."))
