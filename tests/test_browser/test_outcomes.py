"""Each other outcome in a browser: what the page says, and where its one action leads."""

import pytest
from playwright.sync_api import expect

from tests.emulator.person import Person
from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
AGENCY = "agency@gmail.example"
SHOP = "shop@gmail.example"


def test_declined_terms_can_be_tried_again(walker: Walker, name: str) -> None:
    walker.arrive_at_terms(AGENCY, name, "Changed Mind Ltd")
    walker.answer_terms("Cancel")
    walker.state_is("Declined")
    walker.look()
    walker.press("Try again")
    walker.state_is("Waiting for terms")
    walker.answer_terms("I accept")
    walker.state_is("Verified")


def test_at_the_account_limit_another_google_account_takes_over(walker: Walker, name: str) -> None:
    walker.arrive_at_terms(AGENCY, name, "Full House Ltd")
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(SHOP)
    walker.is_at(SHOP)
    walker.open(f"/t/{name}/requests/")
    walker.follow("Full House Ltd")
    walker.answer_terms("Simulate account limit")
    walker.state_is("Account limit reached")
    walker.look()
    walker.press("Use this account")
    walker.state_is("Waiting for terms")
    walker.answer_terms("I accept")
    walker.state_is("Verified")


def test_a_backend_error_says_when_it_is_tried_again(walker: Walker, name: str) -> None:
    walker.arrive_at_terms(AGENCY, name, "Bad Luck Ltd")
    walker.answer_terms("Simulate backend error")
    walker.state_is("Retry scheduled")
    walker.sees("backend_error")
    walker.look()
    walker.press("Try now")
    walker.state_is("Waiting for terms")


def test_nobody_came_back_but_a_look_at_google_finds_the_account(walker: Walker, name: str) -> None:
    walker.arrive_at_terms(AGENCY, name, "Closed Tab Ltd")
    page = walker.page.url
    walker.press("Continue at Google")
    walker.is_at("Terms of service for “Closed Tab Ltd”")
    # Accepted, but the browser never follows the way back.
    Person(walker.stack.google, AGENCY).answer_terms(walker.page.url)
    walker.open(page)
    walker.state_is("Waiting for terms")
    walker.press("I accepted: check now")
    walker.state_is("Verified")


def test_a_late_return_still_completes(walker: Walker, name: str) -> None:
    walker.arrive_at_terms(AGENCY, name, "Slow Hand Ltd")
    page = walker.page.url
    walker.stack.control(
        "POST", "scenario", {"name": "account-visible-late", "params": {"seconds": 12}}
    )
    walker.press("Continue at Google")
    walker.is_at("Terms of service for “Slow Hand Ltd”")
    back = Person(walker.stack.google, AGENCY).answer_terms(walker.page.url)
    walker.open(page)
    walker.press("Get a new ticket")
    walker.sees("2 attempts")
    walker.open(str(back))
    walker.state_is("Verifying")
    walker.sees("Google does not list the new account yet.")
    walker.state_is("Verified", within=60)


def test_a_person_says_which_of_the_accounts_it_is(walker: Walker, name: str) -> None:
    walker.arrive_at_terms(AGENCY, name, f"Twins of {name}")
    first = walker.page.url
    walker.open(f"/t/{name}/requests/new/")
    walker.fill_details(f"Twins of {name}", f"{name}.example", again=True)
    walker.state_is("Waiting for terms")
    walker.press("Continue at Google")
    walker.is_at(f"Terms of service for “Twins of {name}”")
    back = Person(walker.stack.google, AGENCY).answer_terms(walker.page.url)
    account = str(back).partition("accountId=")[2].partition("&")[0]
    walker.open(first)
    walker.press("I accepted: check now")
    walker.sees("Which account is it?")
    walker.look()
    walker.press(f"It is {account}")
    walker.state_is("Verified")


def test_a_return_without_account_id_is_verified_all_the_same(walker: Walker, name: str) -> None:
    walker.arrive_at_terms(AGENCY, name, f"No Id of {name}")
    walker.stack.control("POST", "scenario", {"name": "accept-no-accountid"})
    walker.answer_terms("I accept")
    walker.state_is("Verified")


def test_an_error_after_the_account_was_made_makes_no_second_one(walker: Walker, name: str) -> None:
    title = f"Made Already of {name}"
    walker.arrive_at_terms(AGENCY, name, title)
    walker.stack.control("POST", "scenario", {"name": "error-after-accept"})
    walker.answer_terms("I accept")
    walker.state_is("Retry scheduled")
    walker.press("Try now")
    walker.state_is("Verified")
    accounts = walker.stack.control("GET", "state")["accounts"].values()
    assert [one["display_name"] for one in accounts].count(title) == 1


def test_where_v3_is_switched_off_the_same_is_asked_for_by_the_living_api(
    walker: Walker, name: str
) -> None:
    walker.stack.control("POST", "scenario", {"name": "v3-gone"})
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/requests/new/?backend=v3")
    walker.fill_details("Too Late Ltd", f"{name}.example")
    walker.press("Continue at Google")
    walker.consent(AGENCY)
    walker.sees("Google has switched off this API")
    walker.look()
    walker.follow("Ask for Google Analytics 4")
    expect(walker.page.get_by_label("Account name")).to_have_value("Too Late Ltd")
    walker.press("Continue")
    walker.state_is("Waiting for terms")


def test_denied_consent_leads_back_to_the_request(walker: Walker, name: str) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/requests/new/")
    walker.fill_details("Not Yet Ltd", f"{name}.example")
    walker.look()
    walker.press("Continue at Google")
    walker.consent(AGENCY, "Cancel")
    walker.sees("You chose Cancel")
    walker.is_at("Not Yet Ltd")
    walker.look()
    walker.press("Continue at Google")
    walker.consent(AGENCY)
    walker.state_is("Waiting for terms")


def test_a_permission_left_out_is_named_and_asked_for_again(walker: Walker, name: str) -> None:
    # Has granted nothing yet: what was granted once is granted again by itself.
    waiting_key = f"{name}@gmail.example"
    walker.stack.control("POST", "users", {"email": waiting_key, "name": "A Newcomer"})
    walker.stack.control("POST", "scenario", {"name": "consent-partial"})
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(waiting_key)
    walker.is_at("A permission is missing")
    walker.sees("Create and edit Google Analytics accounts")
    walker.look()
    walker.stack.control("DELETE", "scenario")
    walker.press("Grant again")
    walker.consent(waiting_key)
    walker.is_at(waiting_key)


def test_a_form_with_an_error_says_which_field(walker: Walker, name: str) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/requests/new/")
    walker.fill_details("Here Ltd", "localhost")
    walker.sees("is not a public website")
    walker.look()


def test_pages_that_do_not_exist_say_so(walker: Walker) -> None:
    walker.open("/no/such/page/")
    walker.is_at("There is no such page here")
    walker.look()
    walker.open("/google/callback/?state=forged&code=forged")
    walker.look()
    walker.open("/google/terms/?accountTicketId=emu-ticket-forged&accountId=1")
    walker.look()
