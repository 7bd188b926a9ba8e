"""Looking up what was said to Google for a request, and taking a call along."""

import re

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_person_finds_a_call_of_a_request_and_copies_it(walker: Walker, name: str) -> None:
    page = walker.page
    walker.arrive_at_terms("agency@gmail.example", name, "Bluebird Bakery")
    walker.follow("Everything that was asked for it")
    walker.is_at("Exchanges with Google")
    walker.look()
    expect(page.get_by_label("Request or trip ID")).to_be_visible()

    walker.follow("POST /v1beta/accounts:provisionAccountTicket")
    walker.sees("What Google answered")
    walker.look()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    walker.press("Copy curl", exact=False)
    expect(page.locator("#copy-curl")).to_contain_text("Copied")
    command = page.evaluate("navigator.clipboard.readText()")
    assert command.startswith("curl --request POST")
    assert 'Bearer $ACCESS_TOKEN"' in command

    walker.follow("All exchanges of this Google account")
    page.get_by_label("Address").fill("/revoke")
    walker.press("Show")
    expect(page).to_have_url(re.compile(r"q=%2Frevoke"))
    walker.sees("No exchange matches")
    walker.has_nothing_to_complain_about()
