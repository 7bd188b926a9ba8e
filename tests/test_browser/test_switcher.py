"""Switching between many organisations by keyboard alone, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import PASSWORD, Walker

CLIENTS = ["Anna", "Berta", "Carl", "Dora", "Emil", "Fritz", "Gustav", "Hanna", "Ida", "Jakob"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def create(walker: Walker, organisation: str) -> None:
    walker.open("/t/new/")
    walker.page.get_by_label("Name of your organisation").fill(organisation)
    walker.press("Create organisation")
    expect(walker.page).to_have_url(re.compile(r"/t/[^/]+/$"))


def test_an_organisation_is_reached_by_arrows_by_letters_and_by_search(
    walker: Walker, scriptless: Walker, name: str
) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", f"{name} Alpha")
    create(walker, f"{name} Beta")
    walker.open(f"/t/{name}-alpha/members/")
    summary = page.locator("#switcher > summary")

    summary.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#switcher a:focus")).to_contain_text("Alpha")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#switcher a:focus")).to_contain_text("Beta")
    page.keyboard.press("Home")
    expect(summary).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#switcher")).not_to_have_attribute("open", "")

    page.keyboard.press("Enter")
    page.keyboard.type(f"{name} b")
    expect(page.locator("#switcher a:focus")).to_contain_text("Beta")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/t/{name}-beta/members/$"))

    for client in CLIENTS:
        create(walker, f"{name} {client}")
    walker.open(f"/t/{name}-alpha/requests/")
    summary.focus()
    page.keyboard.press("Enter")
    walker.axe("the open switcher")
    page.keyboard.type("gustav")
    expect(page.locator("#switcher-q")).to_have_value("gustav")
    expect(page.locator("#switcher-places li")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#switcher a:focus")).to_contain_text("Gustav")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/t/{name}-gustav/requests/$"))
    walker.open("/organisations/")
    walker.look()
    walker.open("/you/mails/")
    walker.look()

    scriptless.open("/accounts/login/?next=/organisations/")
    email = re.compile("e-?mail", re.IGNORECASE)
    scriptless.page.get_by_label(email).first.fill(f"{name}@walkers.example")
    scriptless.page.get_by_label("Password", exact=True).fill(PASSWORD)
    scriptless.press("Sign in")
    scriptless.is_at("Your organisations")
    scriptless.page.get_by_label("Name", exact=True).fill("hanna")
    scriptless.press("Find")
    expect(scriptless.page).to_have_url(re.compile(rf"/t/{name}-hanna/$"))
