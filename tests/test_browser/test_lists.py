"""Many requests at once, and accounts that exist already."""

import re

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_ticked_requests_are_cancelled_after_one_more_question(walker: Walker, name: str) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    for number in (1, 2, 3):
        walker.open(f"/t/{name}/requests/new/")
        walker.fill_details(f"Shop {number} of {name}", f"shop{number}.{name}.example")
        walker.state_is("Waiting for Google account")
    walker.open(f"/t/{name}/requests/")
    for number in (1, 2):
        walker.page.get_by_label(f"Tick Shop {number} of {name}").check()
    walker.look()
    walker.press("Cancel 2", exact=False)
    walker.is_at("Cancel 2 requests?")
    walker.look()
    walker.press("Yes, cancel 2")
    walker.sees("2 cancelled.")
    rows = walker.page.locator("tbody tr")
    expect(rows.filter(has_text="Cancelled")).to_have_count(2)
    expect(rows.filter(has_text="Waiting for Google account")).to_have_count(1)


def test_an_account_among_many_is_found_and_used(walker: Walker, name: str) -> None:
    email = f"{name}@gmail.example"
    walker.stack.control("POST", "users", {"email": email, "name": "An Agency", "accounts": 30})
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(email)
    walker.is_at(email)
    walker.open(f"/t/{name}/requests/existing/")
    walker.look()
    walker.follow("Next")
    last = walker.page.locator("tbody th .id").last.inner_text()
    walker.page.get_by_label("Search", exact=True).fill(last)
    walker.press("Show")
    expect(walker.page.locator("tbody tr")).to_have_count(1)
    walker.page.get_by_role("link", name=re.compile("^The account alone")).click()
    walker.look()
    walker.press("Use it")
    walker.state_is("Verified")
    walker.sees(last)
    walker.look()


def test_a_view_among_650_accounts_of_the_legacy_api_is_found_and_used(
    walker: Walker, name: str
) -> None:
    email = f"{name}@gmail.example"
    user = {"email": email, "name": "An Old Agency", "legacy_accounts": 650}
    walker.stack.control("POST", "users", user)
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(email)
    walker.is_at(email)
    walker.open(f"/t/{name}/requests/existing/")
    walker.sees("650 accounts in all")
    walker.follow("Universal Analytics")
    walker.sees(re.compile("^1.25 of 650"))
    walker.look()
    walker.follow("Next")
    walker.sees(re.compile("^26.50 of 650"))
    last = walker.page.locator("tbody th .id").last.inner_text()
    walker.page.get_by_label("Search", exact=True).fill(f"UA-{last}-1")
    walker.press("Show")
    expect(walker.page.locator("tbody tr")).to_have_count(1)
    walker.page.get_by_role("link", name=re.compile(f"UA-{last}-1")).click()
    walker.sees("All web site data")
    walker.look()
    walker.press("Use it")
    walker.state_is("Verified")
    expect(walker.page.locator("pre")).to_contain_text(f"UA-{last}-1")
    walker.look()


def test_when_the_legacy_api_is_gone_the_living_one_is_a_press_away(
    walker: Walker, name: str
) -> None:
    email = f"{name}@gmail.example"
    walker.stack.control("POST", "users", {"email": email, "name": "An Agency", "accounts": 3})
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(email)
    walker.is_at(email)
    scenario = {"name": "v3-gone", "scope": {"user": email}}
    walker.stack.control("POST", "scenario", scenario)
    walker.open(f"/t/{name}/requests/existing/?backend=v3")
    walker.sees("Google has switched off this API")
    walker.look()
    walker.follow("List Google Analytics 4 accounts")
    walker.sees("3 accounts in all")
