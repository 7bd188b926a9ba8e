"""Passkeys, with the virtual authenticator of Chromium's own developer tools."""

import re

import pytest
from playwright.sync_api import CDPSession, expect

from tests.test_browser.telephone import telephone_of
from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def telephone(walker: Walker) -> CDPSession:
    return telephone_of(walker.page)


def test_a_person_signs_up_and_in_with_a_passkey_and_never_types_a_password(
    walker: Walker, telephone: CDPSession, name: str
) -> None:
    page, email = walker.page, f"{name}@walkers.example"
    walker.open("/accounts/signup/")
    walker.follow("Create an account with a passkey")
    walker.is_at("Create an account with a passkey")
    walker.look()
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).first.fill(email)
    walker.press("Send me the code")
    walker.is_at("Confirm your e-mail address")
    page.get_by_label("Code").fill(walker.mailed_code(email))
    page.bring_to_front()
    walker.press("Continue")
    walker.is_at("Make your passkey")
    walker.look()
    walker.press("Make the passkey")
    walker.is_at("Create an organisation")

    page.context.clear_cookies()
    walker.open("/accounts/login/?next=/accounts/2fa/")
    walker.look()
    walker.press("Sign in with a passkey")
    walker.is_at("Passkeys and second step")
    expect(page).to_have_url(re.compile("/accounts/2fa/$"))
    walker.look()


def test_passkeys_get_names_and_one_that_is_removed_signs_nobody_in(
    walker: Walker, telephone: CDPSession, name: str
) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    page.bring_to_front()
    walker.open("/accounts/2fa/")
    walker.follow("Add a passkey")
    walker.is_at("Add a passkey")
    walker.look()
    page.get_by_label("Name").fill("Telephone of Nina")
    walker.press("Make the passkey")
    walker.is_at("Recovery codes")
    walker.open("/accounts/2fa/webauthn/")
    walker.sees("Telephone of Nina")
    walker.look()
    walker.follow("Rename Telephone of Nina")
    walker.look()
    page.get_by_label("Name").fill("Old telephone")
    walker.press("Save")
    walker.follow("Remove Old telephone")
    walker.is_at("Remove “Old telephone”?")
    walker.look()
    walker.press("Remove")
    expect(page.get_by_text("Old telephone", exact=True)).to_have_count(0)

    page.context.clear_cookies()
    walker.open("/accounts/login/")
    walker.press("Sign in with a passkey")
    walker.sees(re.compile("^No account here knows this passkey"))
    walker.open(f"/t/{name}/")
    walker.is_at("Sign in")


def test_who_has_no_passkey_is_told_and_may_go_on_another_way(walker: Walker) -> None:
    walker.open("/accounts/login/")
    walker.page.evaluate(
        """() => {
          const refused = new DOMException("", "NotAllowedError");
          navigator.credentials.get = () => Promise.reject(refused);
        }"""
    )
    walker.press("Sign in with a passkey")
    walker.sees("No passkey was used, and nothing was changed.")
    expect(walker.page.get_by_label("Password")).to_be_visible()
