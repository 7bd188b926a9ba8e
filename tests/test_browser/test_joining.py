"""From signing up to inviting to accepting, with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.test_browser.test_keyboard import fill, press, tab_to
from tests.test_browser.walker import PASSWORD, Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
LINK = re.compile(r"https?://\S+/invitations/\S+")


def mailed_link(walker: Walker, email: str) -> str:
    """The invitation in the newest mail to `email`, which a worker sends within seconds."""
    tab = walker.page.context.new_page()
    tab.goto(f"{walker.stack.portal}/demo/mail/")
    mail = tab.locator("article", has_text=email).first
    for _ in range(60):
        if mail.is_visible():
            break
        tab.wait_for_timeout(500)
        tab.reload()
    found = LINK.search(mail.inner_text())
    tab.close()
    assert found
    return found[0]


def sign_up(walker: Walker, page: Page, email: str) -> None:
    fill(page, "e-?mail", email)
    fill(page, "^Password", PASSWORD)
    page.keyboard.press("Enter")
    walker.is_at("Confirm your e-mail address")
    code = walker.mailed_code(email)
    page.bring_to_front()
    fill(page, "^Code", code)
    page.keyboard.press("Enter")


def test_somebody_invites_a_colleague_who_signs_up_and_comes_in(walker: Walker, name: str) -> None:
    page, colleague = walker.page, f"{name}-two@walkers.example"
    walker.sign_up(f"{name}@walkers.example", name)
    page.bring_to_front()
    press(page, "^Members")
    walker.is_at("Members")
    walker.look()
    fill(page, "^E-mail addresses", colleague)
    press(page, "^Send invitations")
    walker.sees("1 invitation is on the way.")
    walker.look()
    page.context.clear_cookies()

    walker.open(mailed_link(walker, colleague))
    page.bring_to_front()
    walker.is_at(f"Join {name}")
    walker.look()
    press(page, "^Create an account")
    walker.is_at("Create an account")
    sign_up(walker, page, colleague)
    walker.is_at(f"Join {name}")
    press(page, "^Accept$")
    walker.sees(f"Welcome to {name}.")
    expect(page).to_have_url(re.compile(rf"/t/{name}/$"))


def test_an_owner_looks_at_settings_and_at_every_dangerous_page(walker: Walker, name: str) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/settings/")
    walker.is_at("Organisation")
    walker.look()
    tab_to(page, "^Name of the organisation")
    page.keyboard.type(" & Co")
    page.keyboard.press("Enter")
    walker.sees("Saved.")
    for address, heading in (
        (f"/t/{name}/members/leave/", re.compile("^Leave ")),
        ("/accounts/sessions/", "Where you are signed in"),
        ("/accounts/2fa/", "Passkeys and second step"),
    ):
        walker.open(address)
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        walker.look()
    walker.open("/accounts/2fa/totp/activate/")
    walker.is_at("Set up an authenticator app")
    walker.look()
