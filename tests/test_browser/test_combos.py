"""Lists that become boxes to search in choose what the list holds, its first line included."""

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_first_line_that_says_something_is_shown_and_can_be_chosen_again(
    walker: Walker, name: str
) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/you/mails/?in={name}")
    box = page.get_by_role("combobox", name="Choose for")
    expect(box).to_have_value(name)
    box.fill("every")
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name="Every organisation").click()
    expect(box).to_have_value("Every organisation")
    walker.press("Show")
    walker.sees("From every organisation")

    walker.open(f"/you/mails/?in={name}")
    walker.look("Mails you get from one organisation")
    box.fill("")
    page.keyboard.press("Escape")
    expect(box).to_have_value(name)
