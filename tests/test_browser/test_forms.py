"""Forms that are filled in wrong, sent twice, and come back to."""

import re

import pytest
from playwright.sync_api import expect

from tests.test_browser.walker import PASSWORD, Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_the_focus_goes_to_what_is_wrong_and_from_there_to_the_field(
    walker: Walker, name: str
) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/members/")
    page.get_by_label("E-mail addresses").fill("nobody at all")
    walker.press("Send invitations")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    walker.look("Members, with an error")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    field = page.get_by_label("E-mail addresses")
    expect(field).to_be_focused()
    expect(field).to_have_value("nobody at all")

    walker.open(f"/t/{name}/data/")
    page.get_by_label(f"Type {name} to delete").fill("another name")
    walker.press(f"Delete {name}")
    walker.proves_who_it_is()
    walker.sees("That is not the name of the organisation. Nothing was deleted.")
    expect(page.locator("[data-focus]")).to_be_focused()
    expect(page.get_by_label(f"Type {name} to delete")).to_have_value("another name")


def test_going_back_and_sending_again_makes_no_second_request(walker: Walker, name: str) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/requests/new/")
    walker.fill_details("Once Only Ltd", f"{name}.example")
    walker.is_at("Once Only Ltd")
    first = page.url
    page.go_back()
    walker.is_at("New Analytics account")
    expect(page.get_by_label("Account name")).to_have_value("Once Only Ltd")
    expect(page.get_by_label("Website", exact=True)).to_have_value(f"{name}.example")
    walker.press("Continue")
    expect(page).to_have_url(first)
    walker.sees("This form was sent before, and made this request.")
    walker.open(f"/t/{name}/requests/")
    expect(page.get_by_role("link", name="Once Only Ltd")).to_have_count(1)


def test_a_page_that_answers_a_form_is_reloaded_without_sending_it_again(
    walker: Walker, name: str
) -> None:
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/members/")
    page.get_by_label("E-mail addresses").fill(f"{name}-two@walkers.example")
    walker.press("Send invitations")
    walker.sees("1 invitation is on the way.")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.reload()
    assert "POST" not in sent
    expect(page.get_by_text("invitation is on the way")).to_have_count(0)


def sign_in(walker: Walker, email: str) -> None:
    """Fill in the page "Sign in", which the person was led to."""
    walker.is_at("Sign in")
    walker.page.get_by_label("E-mail").fill(email)
    walker.page.get_by_label("Password").fill(PASSWORD)
    walker.press("Sign in")


def draft(walker: Walker) -> object:
    return walker.page.evaluate("sessionStorage.getItem('draft')")


def test_whoever_is_signed_out_half_way_comes_back_to_what_they_had_typed(
    walker: Walker, name: str
) -> None:
    page, email = walker.page, f"{name}@walkers.example"
    walker.sign_up(email, name)
    walker.open(f"/t/{name}/requests/new/")
    page.get_by_label("Account name").fill("Half Way Ltd")
    page.get_by_label("Website", exact=True).fill(f"{name}.example")
    page.context.clear_cookies(name="portal_session")
    walker.press("Continue")
    sign_in(walker, email)
    walker.is_at("New Analytics account")
    walker.sees("You were signed out, so nothing was sent. What you had typed is still here.")
    expect(page.get_by_label("Account name")).to_have_value("Half Way Ltd")
    expect(page.get_by_label("Website", exact=True)).to_have_value(f"{name}.example")
    walker.look("New Analytics account, after signing in again")
    assert draft(walker) is None
    page.reload()
    expect(page.get_by_label("Account name")).not_to_have_value("Half Way Ltd")

    walker.fill_details("Half Way Ltd", f"{name}.example")
    walker.is_at("Half Way Ltd")
    assert draft(walker) is None
    walker.open(f"/t/{name}/requests/new/")
    expect(page.get_by_label("Account name")).not_to_have_value("Half Way Ltd")


def test_a_form_that_is_sent_elsewhere_brings_back_to_its_page_with_what_was_typed(
    walker: Walker, name: str
) -> None:
    page, email = walker.page, f"{name}@walkers.example"
    walker.sign_up(email, name)
    walker.open(f"/t/{name}/members/")
    page.get_by_label("E-mail addresses").fill(f"{name}-two@walkers.example")
    page.get_by_role("radio", name=re.compile("^Viewer")).check()
    page.context.clear_cookies(name="portal_session")
    walker.press("Send invitations")
    sign_in(walker, email)
    walker.is_at("Members")
    field = page.get_by_label("E-mail addresses")
    expect(field).to_have_value(f"{name}-two@walkers.example")
    expect(page.get_by_role("radio", name=re.compile("^Viewer"))).to_be_checked()
    walker.press("Send invitations")
    walker.sees("1 invitation is on the way.")
    expect(field).to_have_value("")
    expect(page.get_by_text("What you had typed is still here.")).to_have_count(0)


def test_what_somebody_had_typed_is_given_to_nobody_else_and_forgotten_at_sign_out(
    walker: Walker, name: str
) -> None:
    page = walker.page
    mine, theirs = f"{name}@walkers.example", f"{name}-two@walkers.example"
    walker.sign_up(theirs, f"{name}-two")
    page.context.clear_cookies()
    walker.sign_up(mine, name)
    walker.open(f"/t/{name}/requests/new/")
    page.get_by_label("Account name").fill("Half Way Ltd")
    page.get_by_label("Website", exact=True).fill(f"{name}.example")
    page.context.clear_cookies(name="portal_session")
    walker.press("Continue")
    sign_in(walker, theirs)
    walker.is_at("There is no such page here")
    assert draft(walker) is None

    walker.open(f"/t/{name}-two/requests/new/")
    page.get_by_label("Account name").fill("Half Way Ltd")
    page.get_by_label("Website", exact=True).fill("nowhere at all")
    walker.press("Continue")
    expect(page).to_have_title(re.compile("^Error: "))
    page.evaluate("sessionStorage.setItem('draft', 'left behind')")
    with page.expect_navigation():
        page.evaluate("document.querySelector('form[action$=\"/logout/\"]').requestSubmit()")
    assert draft(walker) is None
