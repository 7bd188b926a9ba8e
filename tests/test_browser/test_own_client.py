"""An own OAuth client in a browser: uploaded, connected through, given a new secret, removed."""

import json
from typing import Any

import pytest
from playwright.sync_api import FilePayload

from tests.test_browser.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def made_at_google(walker: Walker, name: str, paths: list[str]) -> dict[str, Any]:
    """A new web client of a project of its own, as Google's console hands out its file."""
    entry = {
        "redirect_uris": [walker.stack.portal + path for path in paths],
        "project": f"{name}-project",
        "name": f"{name} Reports",
    }
    return dict(walker.stack.control("POST", "web-clients", entry))


def choose(walker: Walker, content: object) -> None:
    upload = FilePayload(
        name="client_secret.json",
        mimeType="application/json",
        buffer=json.dumps(content).encode(),
    )
    walker.page.get_by_label("Client file").set_input_files(upload)


def again(walker: Walker) -> None:
    """Look at a page whose title was seen before, because other things are on it now."""
    walker.looked_at.clear()
    walker.look()


def bring(walker: Walker, name: str) -> dict[str, str]:
    """Upload a client with a wrong address, then one that fits; returns what its file says."""
    walker.follow("Credentials")
    walker.follow("Add an OAuth client")
    walker.is_at("Add an OAuth client")
    walker.look()
    choose(walker, made_at_google(walker, name, ["/google/callback", "/google/terms/"]))
    walker.press("Try it and keep it")
    walker.sees("which differs in the trailing slash")
    walker.look()
    file = made_at_google(walker, name, ["/google/callback/", "/google/terms/"])
    choose(walker, file)
    walker.press("Try it and keep it")
    walker.sees(f"Google accepts {name}-project, and its secret is sealed here.")
    again(walker)
    return dict(file["web"])


def rotate(walker: Walker, name: str, web: dict[str, str]) -> None:
    """Add the second secret, take the first one away here and then at Google."""
    walker.follow("Credentials")
    walker.page.get_by_role("link", name="New secret").click()
    walker.is_at(f"A new secret for {name}-project")
    walker.look()
    client_id = web["client_id"]
    choose(walker, walker.stack.control("POST", "client-secrets", {"client_id": client_id}))
    walker.press("Try it and keep it")
    walker.sees("uses the new secret")
    again(walker)
    walker.page.get_by_role("button", name="Remove this secret").last.click()
    walker.sees("is destroyed here. Delete it at Google too.")
    ended = {"client_id": client_id, "secret": web["client_secret"], "act": "disable"}
    walker.stack.control("POST", "client-secrets/end", ended)
    walker.page.get_by_role("button", name="Check now").click()
    walker.sees("works: Google accepted it just now")


def remove(walker: Walker, name: str, email: str) -> None:
    """Read what stops with the client, and remove it."""
    walker.page.get_by_role("link", name=f"Remove {name}-project").click()
    walker.proves_who_it_is()
    walker.is_at(f"Remove {name}-project?")
    walker.sees(email)
    walker.look()
    walker.press("Remove")
    walker.sees("1 Google account can be reconnected with the portal's client.")


def test_a_client_is_uploaded_connected_through_given_a_new_secret_and_removed(
    walker: Walker, name: str
) -> None:
    email = "shop@gmail.example"
    walker.sign_up(f"{name}@walkers.example", name)
    web = bring(walker, name)
    walker.follow("Google accounts")
    again(walker)
    walker.press("Connect a Google account")
    walker.sees(f"{name} Reports")
    walker.consent(email)
    walker.is_at(email)
    walker.sees(f"{name}-project")
    rotate(walker, name, web)
    remove(walker, name, email)
    walker.follow(email)
    walker.sees("Its OAuth client was removed")
    again(walker)
    walker.press("Reconnect with the portal's client")
    # Google knows who is meant, so it asks for consent at once.
    walker.press("Continue")
    walker.is_at(email)
    walker.sees("The portal's own")
