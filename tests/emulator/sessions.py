"""Which Google users are signed in in a browser: the ``emu_session`` cookie."""

from __future__ import annotations

import secrets

from aiohttp import web

from tests.emulator.state import BrowserSession, State, User
from tests.emulator.world import world_of

COOKIE = "emu_session"


def signed_in(request: web.Request) -> list[User]:
    """The users signed in in this browser, the most recent one first."""
    state = world_of(request).state
    session = state.sessions.get(request.cookies.get(COOKIE, ""))
    subs = session.subs if session else []
    return [state.users[sub] for sub in subs if sub in state.users]


def sign_in(request: web.Request, user: User, response: web.Response) -> None:
    """Add a user to the browser's session and make it the most recent one."""
    session = _session(world_of(request).state, request.cookies.get(COOKIE))
    session.subs = [user.sub, *(sub for sub in session.subs if sub != user.sub)]
    response.set_cookie(COOKIE, session.id, httponly=True, samesite="Lax", path="/")


def _session(state: State, session_id: str | None) -> BrowserSession:
    found = state.sessions.get(session_id or "")
    if found is None:
        found = BrowserSession(secrets.token_urlsafe(24))
        state.sessions[found.id] = found
    return found
