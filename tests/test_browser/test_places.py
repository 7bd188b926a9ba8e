"""The browser's own zone is proposed under any name; the region follows; typing finds zones."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.test_browser.stack import Stack
from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def in_india(browser: Browser, stack: Stack) -> Iterator[Walker]:
    """A browser that calls its time zone by the older of two names."""
    context = browser.new_context(timezone_id="Asia/Calcutta")
    walker = Walker(context.new_page(), stack)
    yield walker
    walker.has_nothing_to_complain_about()
    context.close()


def box(walker: Walker, name: str) -> Locator:
    return walker.page.get_by_role("combobox", name=name)


def test_zone_and_region_follow_the_browser_and_then_each_other(
    in_india: Walker, name: str
) -> None:
    in_india.sign_up(f"{name}@walkers.example", name)
    in_india.open(f"/t/{name}/requests/new/")
    zone, region = box(in_india, "Time zone"), box(in_india, "Region")
    expect(zone).to_have_value("India, Kolkata (UTC+05:30)")
    expect(region).to_have_value("India")
    found = {
        "tok": "Japan, Tokyo (UTC+09:00)",
        "calcutta": "India, Kolkata (UTC+05:30)",
        "kiev": "Ukraine, Kyiv",
        "utc": "UTC, Coordinated Universal Time (UTC+00:00)",
        "utc+5:45": "Nepal, Kathmandu (UTC+05:45)",
        "GMT +0545": "Nepal, Kathmandu (UTC+05:45)",
    }
    for typed, label in found.items():
        zone.fill(typed)
        in_india.page.keyboard.press("Enter")
        assert zone.input_value().startswith(label), typed
    expect(region).to_have_value("Nepal")
    region.fill("Bhutan")
    in_india.page.keyboard.press("Enter")
    zone.fill("tokyo")
    in_india.page.keyboard.press("Enter")
    expect(region).to_have_value("Bhutan")
    in_india.look("A new request with places")
