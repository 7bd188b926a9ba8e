"""``/_emu/api/``: what happens to accounts where the product does not see it.

Terms accepted in a tab left open, accounts renamed by hand, accounts that Google lists late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from tests.emulator import clock, tickets
from tests.emulator.control_api import BASE, number, read
from tests.emulator.seed import SeedError, refuse_unknown
from tests.emulator.state import Account, State
from tests.emulator.tos import OUTCOMES
from tests.emulator.world import world_of

# Every error that Google's page can answer, although an account was made.
ERRORS = {error for _, error in OUTCOMES.values()}
_DELAYS = {"seconds", "listings"}


async def accept(request: web.Request) -> web.Response:
    """Accept a ticket as in a tab of its own; answers the account and the address of the return.

    A ticket that was answered with an error can still be accepted, an expired one too: tabs
    live longer than Google says.
    """
    state = world_of(request).state
    data = await read(request)
    refuse_unknown(data, {"ticket", "name", "answer", *_DELAYS}, "accept")
    ticket = state.tickets.get(str(data.get("ticket", "")))
    if ticket is None or ticket.account_id:
        raise SeedError(f"no ticket {data.get('ticket')!r} that could be accepted")
    answer = str(data.get("answer", ""))
    if answer and answer not in ERRORS:
        raise SeedError(f"answer must be one of {', '.join(sorted(ERRORS))}")
    account = tickets.accept(
        state,
        ticket,
        visible_after=number(data, "seconds"),
        hidden_listings=int(number(data, "listings")),
        name=str(data.get("name", "")),
    )
    ids = {"error": answer} if answer else tickets.created_ids(state, account.id)
    address = tickets.return_address(ticket, ids)
    return web.json_response({"account": account.id, "return": address})


async def change_account(request: web.Request) -> web.Response:
    """Rename an account, or hide it for so many seconds or listings from now."""
    state = world_of(request).state
    data = await read(request)
    refuse_unknown(data, {"account", "name", *_DELAYS}, "account")
    account = state.accounts.get(str(data.get("account", "")))
    if account is None:
        raise SeedError(f"no account {data.get('account')!r}")
    change(state, account, data)
    return web.json_response(asdict(account))


def change(state: State, account: Account, data: Mapping[str, Any]) -> None:
    """Write what a control call wants of an account."""
    if data.get("name"):
        account.display_name = str(data["name"])
    if "seconds" in data:
        account.visible_from = clock.now(state) + number(data, "seconds")
    if "listings" in data:
        account.hidden_listings = int(number(data, "listings"))


def routes() -> list[web.RouteDef]:
    """The control calls about terms and accounts."""
    return [web.post(BASE + "accept", accept), web.post(BASE + "account", change_account)]
