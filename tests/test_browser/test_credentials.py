"""A service account in a browser: uploaded, seen, checked, refused, given a new key, removed."""

import json
from typing import Any

import pytest
from playwright.sync_api import FilePayload, expect

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def key_file(walker: Walker, email: str) -> dict[str, Any]:
    """A new key, as Google's console hands it out."""
    made: dict[str, Any] = walker.stack.control("POST", "service-accounts", {"email": email})
    return dict(made["json"])


def choose(walker: Walker, content: bytes) -> None:
    upload = FilePayload(name="key.json", mimeType="application/json", buffer=content)
    walker.page.get_by_label("Key file").set_input_files(upload)


def is_where_the_eye_is(walker: Walker) -> None:
    """What was done is told in view, on the card, and the focus is there."""
    notice = walker.page.locator("article [data-notice]")
    expect(notice).to_be_in_viewport(ratio=1)
    expect(notice).to_be_focused()


def test_a_service_account_is_uploaded_checked_given_a_new_key_and_removed(
    walker: Walker, name: str
) -> None:
    email = f"{name}@demo.iam.gserviceaccount.com"
    walker.sign_up(f"{name}@walkers.example", name)
    walker.follow("Credentials")
    walker.is_at("Credentials")
    walker.look()
    walker.follow("Add a service account")
    walker.look()
    choose(walker, b'{"web": {"client_id": "x"}}')
    walker.press("Try it and keep it")
    walker.sees("This is an OAuth client")
    walker.look()
    choose(walker, json.dumps(key_file(walker, email)).encode())
    walker.press("Try it and keep it")
    walker.is_at("Credentials")
    walker.sees(f"{email} works, and its key is sealed here.")
    is_where_the_eye_is(walker)
    # The same page, with a card on it now.
    walker.looked_at.clear()
    walker.look()
    walker.page.get_by_role("button", name="Check now").click()
    walker.sees("works: Google accepted it just now")
    is_where_the_eye_is(walker)
    walker.page.get_by_role("link", name="New key").click()
    walker.is_at(f"A new key for {email}")
    choose(walker, json.dumps(key_file(walker, email)).encode())
    walker.press("Try it and switch")
    walker.sees("uses the new key")
    walker.page.get_by_role("link", name="Remove").click()
    walker.is_at(f"Remove {email}?")
    walker.look()
    walker.press("Remove")
    walker.sees("its key destroyed here")


def test_a_key_is_rotated_by_a_button_and_the_card_says_how_far_it_is(
    walker: Walker, name: str
) -> None:
    email = f"{name}@demo.iam.gserviceaccount.com"
    walker.sign_up(f"{name}@walkers.example", name)
    walker.follow("Credentials")
    walker.follow("Add a service account")
    file = key_file(walker, email)
    choose(walker, json.dumps(file).encode())
    walker.press("Try it and keep it")
    old = walker.page.get_by_text(f"{file['private_key_id'][:8]}…")
    expect(old).to_be_visible()
    late = {"name": "key-propagation", "params": {"seconds": 8}, "times": 1}
    walker.stack.control("POST", "scenario", late)
    walker.press("Rotate now", exact=False)
    walker.sees("The present one works meanwhile.")
    comes(walker, "The new key is being tried")
    walker.look()
    comes(walker, "The new key is in use and the old one deleted")
    expect(old).to_have_count(0)
    walker.looked_at.clear()
    walker.look()


def comes(walker: Walker, text: str) -> None:
    """Look again and again, as a person would, until the card says so."""
    said = walker.page.get_by_text(text)
    for _ in range(60):
        if said.count():
            break
        # The rhythm of looking; nothing waits for it.
        walker.page.wait_for_timeout(500)
        walker.open(walker.page.url.partition("#")[0])
    expect(said).to_be_visible()


def test_an_api_key_is_added_without_its_project_which_is_named_afterwards(
    walker: Walker, name: str
) -> None:
    value = walker.stack.control("POST", "api-keys", {"project": f"{name}-project"})["value"]
    walker.sign_up(f"{name}@walkers.example", name)
    walker.follow("Credentials")
    walker.follow("Add an API key")
    walker.page.get_by_label("Name").fill("Quota")
    walker.page.get_by_label("API key").fill(value)
    walker.page.get_by_label("Google Cloud project").fill("No project!")
    walker.press("Try it and keep it")
    walker.sees("This is no project's id or number.")
    walker.look()
    walker.page.get_by_label("API key").fill(value)
    walker.page.get_by_label("Google Cloud project").fill("")
    walker.press("Try it and keep it")
    walker.sees("The portal does not know its project")
    walker.page.get_by_role("link", name="Name its project").click()
    walker.is_at("The project of Quota")
    walker.look()
    walker.page.get_by_label("Google Cloud project").fill(f"{name}-project")
    walker.press("Keep it so")
    walker.sees(f"Quota goes along with what is read in {name}-project.")
    walker.sees(f"Nothing of yours calls Google from {name}-project")
    walker.look()
