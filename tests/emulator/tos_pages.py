"""The pages around the terms of service."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from aiohttp import web

from tests.emulator.pages import hidden, page
from tests.emulator.state import Ticket, User

TERMS_PATH = "/analytics/web/terms/"
SIGN_IN_PATH = "/analytics/web/sign-in"

# The ticket stands in the URL fragment, which only the browser can read (contract §4.2).
FORWARD = """
const hash = decodeURIComponent(location.hash);
const found = hash.match(/termsofservice\\/+(?:\\?api\\.accountTicketId=)?([^\\/?&]+)/i);
if (found) {
  location.replace('/analytics/web/terms/' + encodeURIComponent(found[1]) + location.search);
}
"""


def lobby(pending: list[tuple[Ticket, User]]) -> web.Response:
    """The page behind the fragment: forwards by script, lists tickets without one."""
    items = "".join(
        f'<li><a href="{TERMS_PATH}{quote(ticket.id)}">{escape(ticket.display_name)}</a> '
        f'<span class="muted">for {escape(user.email)}</span></li>'
        for ticket, user in pending
    )
    body = "<h1>Terms waiting for an answer</h1>"
    body += f"<ul>{items}</ul>" if items else "<p>No ticket is waiting.</p>"
    body += "<noscript><p class='hint'>Without script the ticket in the address cannot be read; "
    body += "choose it from the list.</p></noscript>"
    return page("Terms of service", body, script=FORWARD)


def terms(ticket: Ticket, user: User, client_name: str, region: str) -> web.Response:
    """The terms themselves, with every answer a person can give."""
    name = escape(ticket.display_name)
    body = f"""<h1>Terms of service for “{name}”</h1>
<p>{escape(client_name)} wants to create this Analytics account for you.</p>
<dl><dt>Account</dt><dd>{name}</dd><dt>Region</dt><dd>{escape(region)}</dd>
<dt>Google user</dt><dd>{escape(user.email)}</dd></dl>
<p class="hint">These are not real terms. Accepting creates an account in this emulator only.</p>
<form method="post"><div class="actions">
<button class="primary" name="answer" value="accept">I accept</button>
<button name="answer" value="cancel">Cancel</button></div>
<fieldset class="corner"><legend>Scenarios</legend><div class="actions">
<button name="answer" value="limit">Simulate account limit</button>
<button name="answer" value="backend_error">Simulate backend error</button>
<button name="answer" value="close">Close without answering</button></div></fieldset></form>"""
    return page("Terms of service", body)


def wrong_user(ticket: Ticket, owner: User) -> web.Response:
    """The ticket is somebody else's; Google's page says no more than its heading."""
    target = TERMS_PATH + quote(ticket.id)
    email = escape(owner.email)
    body = f"""<h1>Error: Account token is missing.</h1>
<p>This ticket belongs to another Google user. Nothing is sent back to the app.</p>
<form method="post" action="{SIGN_IN_PATH}">{hidden("next", target)}
<button name="email" value="{email}">Switch to {email}</button></form>"""
    return page("Account token is missing", body, status=400)


def closed() -> web.Response:
    """The person went away; the app hears nothing."""
    body = "<h1>Closed without an answer</h1><p>Nothing was sent back to the app. The ticket "
    body += "stays open until it expires.</p>"
    return page("Closed", body)
