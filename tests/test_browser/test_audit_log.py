"""An owner reads what was done, narrows it, and takes it along."""

import re

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_an_owner_finds_what_was_done_and_downloads_it(walker: Walker, name: str) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/settings/")
    page.get_by_label("Name of the organisation").fill(f"{name} & Daughters")
    walker.press("Save")
    walker.follow("Audit log")
    walker.is_at("Audit log")
    walker.sees(f"Name: {name} → {name} & Daughters")
    page.locator("tbody summary").first.click()
    walker.sees("A page of the portal")
    walker.look()

    page.get_by_label("Action").select_option("Organisation created")
    walker.press("Show")
    expect(page).to_have_url(re.compile("action=accounts%3Atenant%3Acreated"))
    expect(page.locator("tbody th")).to_have_count(1)
    with page.expect_download() as download:
        walker.follow("Download as CSV")
    assert download.value.suggested_filename.startswith(f"audit-{name}-")
    assert "Organisation created" in download.value.path().read_text("utf-8-sig")
    walker.has_nothing_to_complain_about()
