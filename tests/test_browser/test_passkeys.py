"""Passkeys, with the virtual authenticator of Chromium's own developer tools."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.test_browser.telephone import Telephone, telephone_of
from tests.test_browser.walker import PASSWORD, Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def telephone(walker: Walker) -> Telephone:
    return telephone_of(walker.page)


def test_a_person_signs_up_and_in_with_a_passkey_and_never_types_a_password(
    walker: Walker, telephone: Telephone, name: str
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
    walker: Walker, telephone: Telephone, name: str
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


def asked_for_passkeys(page: Page) -> list[str]:
    """How pages ask the portal what to ask a passkey (GET) and send what it said, from now on."""
    asked: list[str] = []
    address = re.compile("/accounts/2fa/webauthn/login/$")
    page.on("request", lambda one: asked.append(one.method) if address.search(one.url) else None)
    return asked


def test_the_field_for_the_address_offers_the_passkey_to_whoever_turns_to_it(
    walker: Walker, telephone: Telephone, name: str
) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    page.bring_to_front()
    walker.open("/accounts/2fa/webauthn/add/")
    walker.press("Make the passkey")
    walker.is_at("Recovery codes")

    page.context.clear_cookies()
    asked = asked_for_passkeys(page)
    walker.open(f"/t/{name}/members/")
    walker.is_at("Sign in")
    page.wait_for_load_state("networkidle")
    assert asked == []
    assert "portal_session" not in {cookie["name"] for cookie in page.context.cookies()}
    # The telephone takes what it is offered at once, as somebody does who taps it there.
    page.get_by_label("E-mail").focus()
    walker.is_at("Members")
    assert asked == ["GET", "POST"]


def test_whoever_takes_no_passkey_from_the_field_may_press_the_button_or_type(
    walker: Walker, telephone: Telephone, name: str
) -> None:
    page, email = walker.page, f"{name}@walkers.example"
    walker.sign_up(email, name)
    page.bring_to_front()
    walker.open("/accounts/2fa/webauthn/add/")
    walker.press("Make the passkey")
    walker.is_at("Recovery codes")

    page.context.clear_cookies()
    # Nobody taps: what is offered waits for as long as the page is open.
    page.add_init_script(
        """{
          const real = navigator.credentials.get.bind(navigator.credentials);
          navigator.credentials.get = (asked) => {
            if (asked.mediation !== "conditional") return real(asked);
            document.documentElement.dataset.offered = "yes";
            return new Promise((_, refuse) => {
              asked.signal.addEventListener("abort", () => refuse(asked.signal.reason));
            });
          };
        }"""
    )
    asked = asked_for_passkeys(page)
    walker.open("/accounts/login/?next=/you/data/")
    page.get_by_label("E-mail").fill(email)
    expect(page.locator("html")).to_have_attribute("data-offered", "yes")
    walker.look("Sign in, with passkeys offered in the field")
    page.get_by_label("Password").focus()
    walker.press("Sign in with a passkey")
    expect(page).to_have_url(f"{walker.stack.portal}/you/data/")
    # For the field, for the button, and what the telephone said.
    assert asked == ["GET", "GET", "POST"]

    page.context.clear_cookies()
    walker.open("/accounts/login/?next=/you/data/")
    page.get_by_label("E-mail").fill(email)
    expect(page.locator("html")).to_have_attribute("data-offered", "yes")
    page.get_by_label("Password").fill(PASSWORD)
    walker.press("Sign in")
    walker.is_at("Second step")


@pytest.mark.parametrize(
    "lacks",
    [
        "delete globalThis.PublicKeyCredential",
        "delete PublicKeyCredential.parseCreationOptionsFromJSON",
        "delete PublicKeyCredential.isConditionalMediationAvailable",
        "PublicKeyCredential.isConditionalMediationAvailable = async () => false",
        """navigator.credentials.get = async () => {
             throw new DOMException("", "NotAllowedError");
           }""",
    ],
)
def test_a_browser_that_offers_nothing_in_the_field_says_nothing(
    walker: Walker, lacks: str
) -> None:
    page = walker.page
    page.add_init_script(lacks)
    walker.open("/accounts/login/")
    page.get_by_label("E-mail").fill("nina@new.example")
    page.get_by_label("Password").focus()
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-passkey-said]")).to_be_empty()
    expect(page.locator("#spoken")).to_be_empty()


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


def test_who_has_an_old_browser_is_told_so_and_may_go_on_another_way(walker: Walker) -> None:
    walker.page.add_init_script("delete PublicKeyCredential.parseCreationOptionsFromJSON")
    walker.open("/accounts/login/")
    walker.press("Sign in with a passkey")
    walker.sees("This browser cannot use passkeys here.")
    expect(walker.page.get_by_label("Password")).to_be_visible()
