"""The authorisation endpoint: who are you, may this app, and back (contract §1.1).

The whole walk works without script: request → account chooser → consent → redirect.
The original query travels along in each address, so nothing is kept half-way.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from aiohttp import web

from tests.emulator import oauth_pages, oauth_request, scopes, sessions, tokens
from tests.emulator.errors import PageError
from tests.emulator.idtoken import ISSUER
from tests.emulator.oauth_request import AuthorizeRequest
from tests.emulator.state import User
from tests.emulator.world import hit, note_parties, world_of

ACCOUNT_PATH = "/o/oauth2/v2/auth/account"
CONSENT_PATH = "/o/oauth2/v2/auth/consent"
CHOSEN = "emu_user"


async def authorize(request: web.Request) -> web.Response:
    """Begin: answer at once if we can, else let the person choose an account."""
    oauth_request.refuse_by_scenario(request)
    asked = oauth_request.read(world_of(request).state, request.query)
    note_parties(request, None, asked.client)
    user = obvious_user(request, asked)
    if "none" in asked.prompt:
        return silent(request, asked, user)
    if user is None:
        return show_chooser(request, asked)
    return await to_consent(request, asked, user)


def obvious_user(request: web.Request, asked: AuthorizeRequest) -> User | None:
    """The user who need not be asked for: hinted and signed in, or the only one signed in."""
    if "select_account" in asked.prompt:
        return None
    present = [user for user in sessions.signed_in(request) if fits(user, asked.hd)]
    if asked.login_hint:
        return next((u for u in present if asked.login_hint in (u.email, u.sub)), None)
    return present[0] if len(present) == 1 else None


def fits(user: User, hd: str | None) -> bool:
    """Whether a user passes the ``hd`` filter."""
    return hd is None or (user.hd is not None if hd == "*" else user.hd == hd)


def show_chooser(request: web.Request, asked: AuthorizeRequest) -> web.Response:
    """List the users, the hinted one first."""
    state = world_of(request).state
    users = [
        u
        for u in state.users.values()
        if fits(u, asked.hd) and u.email not in state.service_accounts
    ]
    users.sort(key=lambda user: asked.login_hint not in (user.email, user.sub))
    fields = {"request": request.rel_url.raw_query_string}
    heading = f"Choose an account to continue to {asked.client.name}"
    present = sessions.signed_in(request)
    return oauth_pages.chooser(ACCOUNT_PATH, heading, users, fields, present)


async def choose_account(request: web.Request) -> web.Response:
    """Sign the chosen user in in this browser and go on to consent."""
    form = await request.post()
    user = world_of(request).state.user_by_email(str(form.get("email", "")))
    if user is None:
        raise PageError("invalid_request", "There is no such account.")
    query = f"{form.get('request', '')}&{urlencode({CHOSEN: user.email})}"
    response = web.Response(status=303, headers={"Location": f"{CONSENT_PATH}?{query}"})
    sessions.sign_in(request, user, response)
    return response


def chosen_user(request: web.Request) -> User:
    """The user named in the address, who must be signed in in this browser."""
    email = request.query.get(CHOSEN, "")
    user = next((u for u in sessions.signed_in(request) if u.email == email), None)
    if user is None:
        raise PageError("invalid_request", "Sign in first.")
    return user


async def consent_page(request: web.Request) -> web.Response:
    """Show the consent page, or skip it when everything was granted before."""
    asked = oauth_request.read(world_of(request).state, request.query)
    return await to_consent(request, asked, chosen_user(request))


async def to_consent(request: web.Request, asked: AuthorizeRequest, user: User) -> web.Response:
    """Check the person against the app, then ask or answer."""
    note_parties(request, user, asked.client)
    oauth_request.refuse_user(request, asked.client, user)
    if not needs_consent(request, asked, user):
        return finish(request, asked, user, asked.scopes, shown=False)
    query = dict(request.query) | {CHOSEN: user.email}
    action = f"{CONSENT_PATH}?{urlencode(query)}"
    granted = tokens.granted_to(world_of(request).state, user.sub, asked.client.project)
    tickable = scopes.api_scopes(asked.scopes)
    return oauth_pages.consent(action, asked, user, tickable, sorted(granted))


def needs_consent(request: web.Request, asked: AuthorizeRequest, user: User) -> bool:
    """Consent is shown the first time, for new scopes, or with prompt=consent."""
    granted = tokens.granted_to(world_of(request).state, user.sub, asked.client.project)
    return "consent" in asked.prompt or not asked.scopes <= granted


async def answer_consent(request: web.Request) -> web.Response:
    """Take the person's answer back to the app."""
    asked = oauth_request.read(world_of(request).state, request.query)
    user = chosen_user(request)
    note_parties(request, user, asked.client)
    form = await request.post()
    if form.get("decision") != "continue" or hit(request, "deny") is not None:
        return redirect(asked, {"error": "access_denied"})
    failed = hit(request, "redirect-error")
    if failed is not None:
        said = {"error_description": str(failed["description"])} if "description" in failed else {}
        return redirect(asked, {"error": str(failed.get("error", "server_error")), **said})
    ticked = frozenset(str(value) for value in form.getall("scope", []))
    granted = ticks_to_scopes(request, asked, ticked, everything="all" in form)
    return finish(request, asked, user, granted, shown=True)


def ticks_to_scopes(
    request: web.Request, asked: AuthorizeRequest, ticked: frozenset[str], everything: bool
) -> frozenset[str]:
    """Granular consent: any subset of several API scopes; a single one is all or nothing."""
    tickable = scopes.api_scopes(asked.scopes)
    always = asked.scopes & scopes.SIGN_IN
    if hit(request, "consent-all") is not None:
        return asked.scopes
    if hit(request, "consent-none") is not None:
        return always
    partial = hit(request, "consent-partial")
    if partial is not None and tickable:
        dropped = partial.get("drop", tickable[-1])
        return asked.scopes - {str(dropped)}
    if everything or len(tickable) < 2:
        return asked.scopes
    return always | (ticked & asked.scopes)


def silent(request: web.Request, asked: AuthorizeRequest, user: User | None) -> web.Response:
    """prompt=none: answer without any page, or say which page would be needed."""
    if user is None:
        several = len(sessions.signed_in(request)) > 1
        return redirect(asked, {"error": "interaction_required" if several else "login_required"})
    note_parties(request, user, asked.client)
    oauth_request.refuse_user(request, asked.client, user)
    if needs_consent(request, asked, user):
        return redirect(asked, {"error": "consent_required"})
    return finish(request, asked, user, asked.scopes, shown=False)


def finish(
    request: web.Request,
    asked: AuthorizeRequest,
    user: User,
    granted: frozenset[str],
    *,
    shown: bool,
) -> web.Response:
    """Remember the grant, issue a code and send the browser back with it."""
    state = world_of(request).state
    tokens.add_grant(state, user.sub, asked.client.project, granted)
    if asked.include_granted or hit(request, "incremental") is not None:
        granted |= tokens.granted_to(state, user.sub, asked.client.project)
    code = tokens.new_code(state, asked.client, user, asked.redirect_uri, granted)
    code.offline, code.consent_shown = asked.offline, shown
    code.challenge, code.challenge_method = asked.challenge, asked.challenge_method
    code.nonce = asked.nonce
    answer = {
        "code": code.value,
        "scope": scopes.join(granted),
        "authuser": "0",
        "prompt": "consent" if shown else "none",
    }
    if user.hd:
        answer["hd"] = user.hd
    return redirect(asked, answer | callback_extras(request))


def callback_extras(request: web.Request) -> dict[str, str]:
    """The issuer (RFC 9207), and what scenarios add to the callback."""
    wrong = hit(request, "callback-wrong-iss") is not None
    extras = {"iss": "https://issuer.example" if wrong else ISSUER}
    if hit(request, "callback-extra-params") is not None:
        extras |= {"emu_unheard_of": "1", "session_state": "emu"}
    return extras


def redirect(asked: AuthorizeRequest, answer: dict[str, str]) -> web.Response:
    """Send the browser back; ``state`` comes back verbatim, on success and on denial."""
    if asked.state is not None:
        answer = {"state": asked.state, **answer}
    joiner = "&" if urlsplit(asked.redirect_uri).query else "?"
    location = f"{asked.redirect_uri}{joiner}{urlencode(answer)}"
    return web.Response(status=303, headers={"Location": location})


def routes() -> list[web.RouteDef]:
    """The endpoint under both its names, and the forms behind it."""
    return [
        web.get("/o/oauth2/v2/auth", authorize),
        web.get("/o/oauth2/auth", authorize),
        web.post(ACCOUNT_PATH, choose_account),
        web.get(CONSENT_PATH, consent_page),
        web.post(CONSENT_PATH, answer_consent),
    ]
