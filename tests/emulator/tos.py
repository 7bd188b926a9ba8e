"""The terms-of-service page: the one step that only a person can take (contract §4.2-4.3)."""

from __future__ import annotations

from aiohttp import web

from tests.emulator import faults, oauth_pages, sessions, tickets, tos_pages
from tests.emulator.errors import PageError
from tests.emulator.pages import notice
from tests.emulator.state import Ticket, User
from tests.emulator.world import hit, note_parties, world_of

OUTCOMES = {
    "cancel": ("cancelled", "user_cancel"),
    "limit": ("limit", "max_accounts_reached"),
    "backend_error": ("backend_error", "backend_error"),
}
FORCED = {"limit-reached": "limit", "user-cancel": "cancel", "backend-error": "backend_error"}
ANSWERS = {"accept", "close", *OUTCOMES}


async def lobby(request: web.Request) -> web.Response:
    """The public address; lists the pending tickets of who is signed in, or of all."""
    state = world_of(request).state
    subs = {user.sub for user in sessions.signed_in(request)} or set(state.users)
    pending = [
        (ticket, state.users[ticket.sub])
        for ticket in state.tickets.values()
        if ticket.sub in subs and ticket.status == "pending"
    ]
    return tos_pages.lobby([p for p in pending if not tickets.is_expired(state, p[0])])


async def terms(request: web.Request) -> web.Response:
    """Show the terms to the right person, or say why not."""
    ticket = known_ticket(request)
    user = owner(request, ticket)
    if not sessions.signed_in(request):
        users = list(world_of(request).state.users.values())
        fields = {"next": request.path_qs}
        heading = "Choose the account that should own this"
        return oauth_pages.chooser(tos_pages.SIGN_IN_PATH, heading, users, fields, [])
    stopped = obstacle(request, ticket, user)
    if stopped is not None:
        return stopped
    client = world_of(request).state.clients[ticket.client_id]
    return tos_pages.terms(ticket, user, client.name, ticket.region_code)


async def sign_in(request: web.Request) -> web.Response:
    """Sign in in this browser and go back to the terms."""
    form = await request.post()
    user = world_of(request).state.user_by_email(str(form.get("email", "")))
    target = str(form.get("next", ""))
    if user is None or not target.startswith(tos_pages.TERMS_PATH):
        raise PageError("invalid_request", "There is no such account or page.")
    response = web.Response(status=303, headers={"Location": target})
    sessions.sign_in(request, user, response)
    return response


async def answer(request: web.Request) -> web.Response:
    """Take the person's answer, at most once per ticket."""
    ticket = known_ticket(request)
    user = owner(request, ticket)
    stopped = obstacle(request, ticket, user)
    if stopped is not None:
        return stopped
    given = str((await request.post()).get("answer", ""))
    if given not in ANSWERS:
        raise PageError("invalid_request", "That is none of the answers.")
    if given == "close":
        return tos_pages.closed()
    outcome = effective(request, ticket, user) if given == "accept" else given
    if outcome == "accept":
        return back(request, ticket, accepted(request, ticket))
    ticket.status, error = OUTCOMES[outcome]
    return back(request, ticket, {"error": error})


def known_ticket(request: web.Request) -> Ticket:
    """Find the ticket of the address."""
    ticket = world_of(request).state.tickets.get(request.match_info["ticket"])
    if ticket is None:
        raise PageError("unknown_ticket", "This account ticket does not exist.", 404)
    return ticket


def owner(request: web.Request, ticket: Ticket) -> User:
    """The user a ticket is bound to."""
    state = world_of(request).state
    user = state.users[ticket.sub]
    note_parties(request, user, state.clients.get(ticket.client_id))
    return user


def obstacle(request: web.Request, ticket: Ticket, user: User) -> web.Response | None:
    """What keeps the terms from being shown; none of it redirects, but a replayed return."""
    if wrong_browser(request, user) or hit(request, "wrong-google-user", ticket.id) is not None:
        return tos_pages.wrong_user(ticket, user)
    if not may_answer(request, ticket) or hit(request, "ticket-used", ticket.id) is not None:
        return used(request, ticket)
    if is_over(request, ticket):
        return notice("Ticket expired", "This account ticket is too old.", "ticket_expired")
    if hit(request, "limit-no-callback", ticket.id) is not None:
        return notice("This page does not load", "Nothing was sent to the app.", status=500)
    return None


def may_answer(request: web.Request, ticket: Ticket) -> bool:
    """Whether the ticket waits for an answer, or an error did not use it up."""
    if ticket.status == "pending":
        return True
    return not ticket.account_id and hit(request, "answer-again", ticket.id) is not None


def wrong_browser(request: web.Request, user: User) -> bool:
    """Whether the browser, or the address's ``authuser``, stands for somebody else."""
    present = sessions.signed_in(request)
    named = request.query.get("authuser")
    if named is None:
        return user not in present
    if named.isdigit():
        return int(named) >= len(present) or present[int(named)] != user
    return user not in present or named.lower() != user.email.lower()


def used(request: web.Request, ticket: Ticket) -> web.Response:
    """A ticket works once."""
    if ticket.account_id and hit(request, "callback-replay", ticket.id) is not None:
        return back(
            request, ticket, tickets.created_ids(world_of(request).state, ticket.account_id)
        )
    return notice("Ticket already used", "This account ticket was answered before.", "ticket_used")


def is_over(request: web.Request, ticket: Ticket) -> bool:
    """Whether the ticket is too old, by the clock or by a scenario."""
    if hit(request, "ticket-expired", ticket.id) is not None:
        return True
    old = tickets.is_expired(world_of(request).state, ticket)
    return old and hit(request, "late-callback", ticket.id) is None


def at_limit(request: web.Request, user: User) -> bool:
    """Whether the user has all the accounts one may have."""
    state = world_of(request).state
    return len(state.accounts_of(user.sub)) >= state.limits.account_limit


def effective(request: web.Request, ticket: Ticket, user: User) -> str:
    """What accepting leads to: an account, the limit, or what a scenario forces."""
    for scenario, outcome in FORCED.items():
        if hit(request, scenario, ticket.id) is not None:
            return outcome
    return "limit" if at_limit(request, user) else "accept"


def accepted(request: web.Request, ticket: Ticket) -> dict[str, str]:
    """Create the account and say what the return carries."""
    late = hit(request, "account-visible-late", ticket.id)
    listings = 0.0 if late is None else faults.number(late, "listings", 0)
    seconds = 0.0 if late is None or listings else faults.number(late, "seconds", 30)
    renamed = hit(request, "account-renamed", ticket.id)
    account = tickets.accept(
        world_of(request).state,
        ticket,
        visible_after=seconds,
        hidden_listings=int(listings),
        name="" if renamed is None else str(renamed.get("called", "Renamed at Google")),
    )
    if hit(request, "error-after-accept", ticket.id) is not None:
        return {"error": "backend_error"}
    if hit(request, "accept-no-accountid", ticket.id) is not None:
        return {}
    if hit(request, "callback-forged", ticket.id) is not None:
        return {"accountId": "999999999"}
    return tickets.created_ids(world_of(request).state, account.id)


def back(request: web.Request, ticket: Ticket, outcome: dict[str, str]) -> web.Response:
    """Send the browser back to the app."""
    location = tickets.return_address(ticket, outcome)
    return web.Response(status=303, headers={"Location": location})


def routes() -> list[web.RouteDef]:
    """The page under its public address and under one a server can read."""
    return [
        web.get("/analytics/web/", lobby),
        web.get("/analytics/web", lobby),
        web.get(tos_pages.TERMS_PATH + "{ticket}", terms),
        web.post(tos_pages.TERMS_PATH + "{ticket}", answer),
        web.post(tos_pages.SIGN_IN_PATH, sign_in),
    ]
