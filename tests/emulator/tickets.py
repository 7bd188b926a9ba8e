"""accounts:provisionAccountTicket and what becomes of a ticket (contract §4.1-4.3)."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.emulator import clock, errors, faults
from tests.emulator.admin_api import Call, Method
from tests.emulator.admin_fields import require_text
from tests.emulator.state import Account, LegacyProperty, LegacyView, State, Ticket

PREFIX = "emu-ticket-"


def provision(call: Call) -> dict[str, Any]:
    """Issue a ticket bound to the user whose token asks, and to the client."""
    refuse_by_scenario(call)
    account = call.body.get("account", {})
    ticket = Ticket(
        id=PREFIX + secrets.token_urlsafe(24),
        sub=call.user.sub,
        client_id=call.client.client_id,
        redirect_uri=redirect_uri(call),
        display_name=require_text(account, "displayName", "account.display_name", 100),
        region_code=region_code(account),
        created_at=call.now,
    )
    call.state.tickets[ticket.id] = ticket
    return {"accountTicketId": ticket.id}


def refuse_by_scenario(call: Call) -> None:
    """Answer as scenarios ask; no ticket is issued."""
    if call.user.email in call.state.service_accounts:
        raise errors.no_permission()
    if call.hit("ticket-503") is not None:
        raise errors.unavailable()
    busy = call.hit("ticket-429")
    if busy is not None:
        wait = faults.number(busy, "retry_after", 2)
        raise errors.exhausted("Quota exceeded for account tickets.", wait)


def redirect_uri(call: Call) -> str:
    """The return address must be one of the client's, unless the seed relaxes that."""
    uri = str(call.body.get("redirectUri", ""))
    if not uri:
        raise errors.invalid_argument("The redirect_uri field is required.", "redirect_uri")
    strict = call.state.limits.strict_ticket_redirect
    if strict and uri not in call.client.redirect_uris:
        text = "The redirect_uri is not configured for the OAuth client."
        raise errors.invalid_argument(text, "redirect_uri")
    return uri


def region_code(account: dict[str, Any]) -> str:
    """A two-letter region is required in practice (contract §4.1)."""
    code = require_text(account, "regionCode", "account.region_code", 3)
    if not (len(code) == 2 and code.isalpha() and code.isupper()):
        text = "The account.region_code field is not a CLDR region code."
        raise errors.invalid_argument(text, "account.region_code")
    return code


def is_expired(state: State, ticket: Ticket) -> bool:
    """Whether the ticket's time is over."""
    return clock.now(state) > ticket.created_at + state.limits.ticket_ttl


def accept(
    state: State,
    ticket: Ticket,
    *,
    visible_after: float = 0,
    hidden_listings: int = 0,
    name: str = "",
) -> Account:
    """Accept the terms once: the account, and with a v3 ticket its property and view.

    The account appears after so many seconds and so many listings, under another ``name`` if
    one is given, as if somebody had changed it at once.
    """
    moment = clock.now(state)
    account = Account(
        id=state.take_id(),
        display_name=name or ticket.display_name,
        region_code=ticket.region_code,
        owners=[ticket.sub],
        created_at=moment,
        updated_at=moment,
        visible_from=moment + visible_after if visible_after else 0,
        hidden_listings=hidden_listings,
    )
    state.accounts[account.id] = account
    ticket.status, ticket.account_id = "accepted", account.id
    if ticket.legacy is not None:
        grow_legacy(state, account, ticket.legacy)
    return account


def grow_legacy(state: State, account: Account, wish: dict[str, dict[str, str]]) -> None:
    """What a v3 ticket brings besides the account."""
    site, view = wish["webproperty"], wish["profile"]
    number = f"UA-{account.id}-1"
    prop = LegacyProperty(number, account.id, site["name"], site["websiteUrl"], account.created_at)
    state.legacy_properties[number] = prop
    profile = LegacyView(
        state.take_id(), number, view["name"], view["timezone"], account.created_at
    )
    state.legacy_views[profile.id] = profile


def created_ids(state: State, account_id: str) -> dict[str, str]:
    """What the return says about what an accepted ticket has made."""
    ids = {"accountId": account_id}
    for prop in state.legacy_properties.values():
        if prop.account_id == account_id:
            view = next(v for v in state.legacy_views.values() if v.property_id == prop.id)
            ids |= {"webPropertyId": prop.id, "profileId": view.id}
    return ids


def return_address(ticket: Ticket, answer: dict[str, str]) -> str:
    """The redirect address with the outcome appended, by ``?`` or by ``&``."""
    query = urlencode({"accountTicketId": ticket.id, **answer})
    joiner = "&" if urlsplit(ticket.redirect_uri).query else "?"
    return f"{ticket.redirect_uri}{joiner}{query}"


METHODS = [
    Method(
        "POST",
        "accounts:provisionAccountTicket",
        provision,
        "ProvisionAccountTicketResponse",
        "ProvisionAccountTicketRequest",
    ),
]
