"""The main job in a browser: from signing up to a verified account with its tag."""

import re

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
AGENCY = "agency@gmail.example"
MEASUREMENT = re.compile(r"^G-[A-Z0-9]{4,12}$")


def test_a_stranger_becomes_the_owner_of_a_verified_account(walker: Walker, name: str) -> None:
    walker.open("/")
    walker.look()
    walker.follow("Create account")
    walker.look()
    walker.sign_up(f"{name}@walkers.example", name)
    walker.look()

    walker.follow("Google accounts")
    walker.is_at("Google accounts")
    walker.look()
    walker.press("Connect a Google account")
    walker.consent(AGENCY)
    walker.is_at(AGENCY)
    walker.look()

    walker.follow("Requests")
    walker.look()
    walker.open(f"/t/{name}/requests/new/")
    walker.look()
    walker.fill_details("Bluebird Bakery", "bluebird.example")
    walker.state_is("Waiting for terms")
    walker.look()

    walker.answer_terms("I accept")
    walker.state_is("Verified")
    walker.look()
    tag = walker.page.get_by_text(MEASUREMENT).first.inner_text()
    expect(walker.page.locator("pre")).to_contain_text(tag)
    walker.follow("Home")
    walker.sees("Bluebird Bakery")
    walker.look()


def test_the_page_shows_each_step_without_being_reloaded(walker: Walker, name: str) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(AGENCY)
    walker.is_at(AGENCY)
    walker.stack.control("POST", "scenario", {"name": "ticket-503", "times": 1})
    walker.open(f"/t/{name}/requests/new/")
    walker.fill_details("Slow Start Ltd", f"{name}.example")
    walker.state_is("Retry scheduled")
    walker.page.evaluate("window.neverReloaded = true")
    walker.state_is("Waiting for terms", within=60)
    assert walker.page.evaluate("window.neverReloaded") is True


def test_copying_is_seen(walker: Walker, name: str) -> None:
    walker.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    walker.arrive_at_terms(AGENCY, name, "Copy Cat Ltd")
    walker.answer_terms("I accept")
    walker.state_is("Verified")
    walker.page.get_by_role("button", name=re.compile("^Copy")).first.click()
    walker.sees("Copied")
    assert walker.page.evaluate("navigator.clipboard.readText()")


def test_the_whole_job_works_without_scripts(scriptless: Walker, name: str) -> None:
    walker = scriptless
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/requests/new/")
    # Nothing is chosen for whom no script asks where they are.
    walker.page.get_by_label("Time zone", exact=True).select_option("Europe/Madrid")
    walker.page.get_by_label("Region", exact=True).select_option("ES")
    walker.fill_details(f"No Script {name}", f"{name}.example")
    walker.press("Continue at Google")
    walker.consent(AGENCY)
    reload_until(walker, "Waiting for terms")
    walker.press("Continue at Google")
    walker.page.get_by_role("link", name=re.compile(f"No Script {name}")).first.click()
    walker.press("I accept")
    reload_until(walker, "Verified")
    assert walker.page.get_by_text(MEASUREMENT).count() >= 1


def reload_until(walker: Walker, state: str) -> None:
    """Follow "Look again" until the request is in `state`."""
    for _ in range(60):
        if state in walker.page.locator(".page-head .pill").inner_text():
            return
        walker.page.wait_for_timeout(500)
        walker.follow("Look again")
    raise AssertionError(f"never {state}: {walker.page.locator('.page-head .pill').inner_text()}")
