"""The account chooser and the consent page."""

from __future__ import annotations

from html import escape

from aiohttp import web

from tests.emulator.oauth_request import AuthorizeRequest
from tests.emulator.pages import hidden, page
from tests.emulator.scopes import SIGN_IN, WORDS
from tests.emulator.state import User


def chooser(
    action: str, heading: str, users: list[User], fields: dict[str, str], signed_in: list[User]
) -> web.Response:
    """One button per Google user, named by its address."""
    known = {user.sub for user in signed_in}
    buttons = "".join(_account(user, user.sub in known) for user in users)
    inputs = "".join(hidden(name, value) for name, value in fields.items())
    body = f"<h1>{escape(heading)}</h1>"
    if users:
        body += f'<form method="post" action="{escape(action)}">{inputs}'
        body += f'<ul class="accounts">{buttons}</ul></form>'
    else:
        body += "<p>No account of this emulator fits the request.</p>"
    body += '<p class="hint">These are invented accounts. There are no passwords.</p>'
    return page("Choose an account", body)


def _account(user: User, signed_in: bool) -> str:
    state = "signed in in this browser" if signed_in else "not signed in yet"
    email = escape(user.email)
    return (
        f'<li><button name="email" value="{email}">{email}</button>'
        f'<p class="hint">{escape(user.name)}, {state}</p></li>'
    )


def consent(
    action: str, asked: AuthorizeRequest, user: User, tickable: list[str], granted: list[str]
) -> web.Response:
    """What the app asks for; more than one API scope means a tick box for each."""
    name = escape(asked.client.name)
    body = (
        f"<h1>{name} asks for access</h1>"
        f"<p>You answer as <strong>{escape(user.email)}</strong>.</p>"
        f'<form method="post" action="{escape(action)}">'
        f"{_sign_in_part(asked)}{_ticks(tickable, granted)}"
        '<div class="actions"><button class="primary" name="decision" value="continue">'
        'Continue</button><button name="decision" value="cancel">Cancel</button></div></form>'
    )
    return page(f"{asked.client.name} asks for access", body)


def _sign_in_part(asked: AuthorizeRequest) -> str:
    words = [WORDS[scope] for scope in sorted(asked.scopes & SIGN_IN)]
    if not words:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in words)
    return f"<p>To sign you in it will:</p><ul>{items}</ul>"


def _ticks(tickable: list[str], granted: list[str]) -> str:
    if not tickable:
        return ""
    if len(tickable) == 1:
        return f"<p>It also wants to:</p><ul><li>{escape(WORDS[tickable[0]])}</li></ul>"
    boxes = "".join(_box(f"scope-{n}", scope, scope in granted) for n, scope in enumerate(tickable))
    return (
        "<fieldset><legend>Tick what it may do</legend>"
        '<div class="tick"><input type="checkbox" id="all" name="all" value="1">'
        f'<label for="all">Select all</label></div>{boxes}</fieldset>'
    )


def _box(ident: str, scope: str, ticked: bool) -> str:
    checked = " checked" if ticked else ""
    label = f'<label for="{ident}">{escape(WORDS[scope])}</label>'
    return (
        f'<div class="tick"><input type="checkbox" id="{ident}" name="scope" '
        f'value="{escape(scope)}"{checked}>{label}</div>'
    )
