"""The whole job with the keyboard alone: Tab, typing, Enter, Space."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.test_browser.walker import PASSWORD, Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
AGENCY = "agency@gmail.example"
FOCUSED = """() => {
  const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0].innerText : "";
  const words = at.getAttribute("aria-label") || label || at.innerText || at.value || "";
  const box = at.getBoundingClientRect();
  const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  const style = getComputedStyle(at);
  const ring = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return {words: words.trim().replace(/\\s+/g, " "), seen, ring, tag: at.tagName};
}"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what is focused carries these words; every stop must be visible."""
    wanted = re.compile(words, re.IGNORECASE)
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["tag"] == "BODY":
            continue
        assert at["seen"], f"focus is out of sight on {at}"
        assert at["ring"], f"focus cannot be seen on {at}"
        if wanted.search(at["words"]):
            return
    raise AssertionError(f"Tab never reached {words!r} on {page.title()}")


def press(page: Page, words: str) -> None:
    """Go to a link or button by Tab and press Enter."""
    tab_to(page, words)
    page.keyboard.press("Enter")


def fill(page: Page, words: str, text: str) -> None:
    """Go to a field by Tab and type."""
    tab_to(page, words)
    page.keyboard.type(text)


def test_a_person_without_a_mouse_gets_a_verified_account(walker: Walker, name: str) -> None:
    page = walker.page
    email = f"{name}@walkers.example"
    walker.open("/")
    press(page, "^Create account")
    walker.is_at("Create an account")
    fill(page, "e-?mail", email)
    fill(page, "^Password", PASSWORD)
    page.keyboard.press("Enter")
    walker.is_at("Confirm your e-mail address")
    code = walker.mailed_code(email)
    page.bring_to_front()
    fill(page, "^Code", code)
    page.keyboard.press("Enter")
    walker.is_at("Create an organisation")
    page.get_by_label("Name of your organisation").focus()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/t/[^/]+/$"))

    press(page, "^New Analytics account")
    walker.is_at("New Analytics account")
    fill(page, "^Website", f"{name}.example")
    fill(page, "^Account name", "Keys Only Ltd")
    fill(page, "Time zone", "madrid")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    press(page, "^Continue")
    walker.is_at("Keys Only Ltd")
    press(page, "^Continue at Google")
    walker.page.get_by_role("button", name=AGENCY).wait_for()
    press(page, re.escape(AGENCY))
    page.get_by_role("button", name="Continue", exact=True).wait_for()
    press(page, "^Continue$")
    walker.state_is("Waiting for terms")
    press(page, "^Continue at Google")
    page.get_by_role("button", name="I accept").wait_for()
    press(page, "^I accept$")
    walker.state_is("Verified")
    expect(page.get_by_text("Europe/Madrid").or_(page.get_by_text("Madrid")).first).to_be_visible()
