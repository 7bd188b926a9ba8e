"""A connection in a browser: lost, explained, connected again, disconnected."""

import pytest

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# Only this test loses its grants, so that the others keep theirs.
IT = "it@workspace.example"


def test_a_lost_connection_is_explained_and_repaired_and_the_request_goes_on(
    walker: Walker, name: str
) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(IT)
    walker.is_at(IT)
    walker.stack.control("POST", "revoke-grant", {"email": IT})

    walker.open(f"/t/{name}/requests/new/")
    walker.fill_details("Lost Grant Ltd", f"{name}.example")
    walker.state_is("Needs reconnect")
    walker.look()
    walker.follow("Home")
    walker.sees("Needs reconnect")
    walker.open(f"/t/{name}/connections/")
    walker.look()
    walker.follow(IT)
    walker.look()
    walker.follow("Why did this happen?")
    walker.is_at("Connection doctor")
    walker.look()
    walker.page.get_by_role("button", name="Reconnect").first.click()
    # Google knows who is meant, so it asks for consent at once.
    walker.press("Continue")
    walker.is_at(IT)
    walker.open(f"/t/{name}/requests/")
    walker.follow("Lost Grant Ltd")
    walker.state_is("Waiting for terms")


def test_disconnecting_says_what_stops_and_google_is_told(walker: Walker, name: str) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(IT)
    walker.is_at(IT)
    walker.page.get_by_role("link", name="Disconnect").first.click()
    walker.proves_who_it_is()
    walker.is_at(f"Disconnect {IT}?")
    walker.look()
    walker.press("Disconnect")
    walker.is_at(IT)
    walker.sees("Disconnected")
    walker.look()


def test_the_owner_of_an_account_reconnects_it_by_a_link(walker: Walker, name: str) -> None:
    walker.sign_up(f"{name}@walkers.example", name)
    walker.open(f"/t/{name}/connections/")
    walker.press("Connect a Google account")
    walker.consent(IT)
    walker.is_at(IT)
    connection = walker.page.url
    walker.stack.control("POST", "revoke-grant", {"email": IT})
    walker.open(f"/t/{name}/requests/new/")
    walker.fill_details("Owner Elsewhere Ltd", f"{name}.example")
    walker.state_is("Needs reconnect")

    walker.open(connection)
    walker.press("Show me a link")
    walker.is_at(f"A link for the owner of {IT}")
    walker.look()
    walker.open(walker.page.locator("#link").inner_text())
    walker.is_at(f"Connect {IT} again")
    walker.look()
    walker.press("Continue at Google")
    walker.press("Continue")
    walker.is_at(f"{IT} is connected again")
    walker.look()
