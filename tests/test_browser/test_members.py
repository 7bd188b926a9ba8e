"""Two people at two browsers: what one does to the other's membership is felt at once."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.test_browser.stack import Stack
from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def colleague(browser: Browser, stack: Stack) -> Iterator[Walker]:
    """Somebody else at a browser of their own."""
    context = browser.new_context()
    walker = Walker(context.new_page(), stack)
    yield walker
    walker.has_nothing_to_complain_about()
    context.close()


@pytest.fixture
def email(name: str) -> str:
    return f"{name}-two@walkers.example"


@pytest.fixture
def members(walker: Walker, colleague: Walker, name: str, email: str) -> str:
    """The page of members, after a colleague came in by a link, as a viewer."""
    page = walker.page
    walker.sign_up(f"{name}@walkers.example", name)
    walker.follow("Members and settings")
    page.get_by_label("E-mail addresses").fill(email)
    page.get_by_label(re.compile(r"Viewer\.")).check()
    walker.press("Send invitations")
    walker.sees("1 invitation is on the way.")
    walker.press(f"Get a link {email}")
    walker.is_at(f"A link for {email}")
    walker.look()
    link = page.locator("#link").inner_text()
    walker.follow("Back to members")

    colleague.open(link)
    colleague.is_at(f"Join {name}")
    colleague.follow("Create an account")
    colleague.fill_in_sign_up(email)
    colleague.is_at(f"Join {name}")
    colleague.press("Accept")
    colleague.sees(f"Welcome to {name}.")
    return page.url


def test_a_new_role_and_the_end_of_a_membership_hold_from_the_next_page_on(
    walker: Walker, colleague: Walker, name: str, email: str, members: str
) -> None:
    new_account = colleague.page.get_by_role("link", name="New Analytics account")
    colleague.open(f"/t/{name}/requests/")
    colleague.is_at("Requests")
    expect(new_account).to_have_count(0)
    colleague.open(f"/t/{name}/requests/new/")
    colleague.sees("you are viewer")
    colleague.look()

    walker.open(members)
    walker.page.get_by_label(f"Role of {email}").select_option("admin")
    walker.press(f"Change role of {email}")
    walker.sees(f"{email} is admin now.")
    colleague.open(f"/t/{name}/requests/")
    expect(new_account.first).to_be_visible()

    walker.follow(f"Remove {email}")
    walker.proves_who_it_is()
    walker.is_at(f"Remove {email}?")
    walker.look()
    walker.press("Remove")
    walker.sees(f"{email} cannot open {name} any more.")
    colleague.page.reload()
    colleague.is_at("There is no such page here")


def test_an_owner_hands_the_organisation_over(
    walker: Walker, colleague: Walker, name: str, email: str, members: str
) -> None:
    walker.open(members)
    walker.follow(f"Hand over to {email}")
    walker.proves_who_it_is()
    walker.is_at(f"Hand {name} over to {email}?")
    walker.look()
    walker.press("Hand over")
    walker.is_at("Members")
    expect(walker.page.get_by_role("link", name=re.compile("^Remove"))).to_have_count(0)
    expect(walker.page.locator("summary .switcher-role")).to_have_text("admin")
    colleague.page.reload()
    expect(colleague.page.locator("summary .switcher-role")).to_have_text("owner")
    colleague.open(members)
    expect(colleague.page.get_by_role("link", name=re.compile("^Remove"))).to_have_count(1)


def test_whoever_is_signed_in_as_somebody_else_is_told_so(
    walker: Walker, colleague: Walker, name: str, email: str
) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    walker.follow("Members and settings")
    walker.page.get_by_label("E-mail addresses").fill(email)
    walker.press("Send invitations")
    walker.press(f"Get a link {email}")
    link = walker.page.locator("#link").inner_text()
    walker.open(link)
    walker.sees(f"The invitation is for {email}: pass the link on to them.")
    walker.look("Invitation, as a member")

    other = f"{name}-three@walkers.example"
    colleague.sign_up(other, f"{name}-three")
    colleague.open(link)
    colleague.sees(f"You are signed in as {other}, and the invitation is for {email}.")
    colleague.look()
    colleague.press("Sign out and come back here")
    colleague.is_at(f"Join {name}")
    expect(colleague.page.get_by_role("link", name="Create an account")).to_be_visible()
