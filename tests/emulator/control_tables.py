"""The tables of the control page: what the emulator knows, with tokens masked."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import clock, scenarios, scopes, tickets, tokens
from tests.emulator.pages import table
from tests.emulator.requestlog import mask
from tests.emulator.state import RefreshToken, State, Ticket
from tests.emulator.world import World

RECENT = 50


def all_tables(world: World) -> str:
    """Every table, the request log first."""
    state = world.state
    parts = [
        requests(world),
        active_scenarios(state),
        ticket_table(state),
        ga_tree(state),
        grants(state),
        refresh_tokens(state),
        users(state),
        clients(state),
        keys(state),
        known_scenarios(),
    ]
    return "".join(parts)


def hour(moment: float) -> str:
    """A time, short."""
    return clock.rfc3339(moment)[:19].replace("T", " ")


def email(state: State, sub: str) -> str:
    """A user's address, or the id when the user is gone."""
    user = state.users.get(sub)
    return user.email if user else sub


def short(data: Any) -> str:
    """Redacted data in few words."""
    if not isinstance(data, dict):
        return "" if data is None else str(data)
    return ", ".join(f"{name}: {word(value)}" for name, value in data.items() if name != "alt")


def word(value: Any) -> str:
    """One value; what is nested stays JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace(scopes.PREFIX, "")


def requests(world: World) -> str:
    """The last calls, newest first."""
    rows = [
        [
            hour(e.at)[-8:],
            e.method,
            e.path,
            str(e.status),
            f"{e.duration_ms:.0f}",
            e.user or "",
            " ".join(part for part in (short(e.query), short(e.body)) if part),
        ]
        for e in list(world.log.entries)[-RECENT:][::-1]
    ]
    heads = ("Time", "Verb", "Path", "Status", "ms", "User", "What was sent")
    return table("Requests (last 50)", heads, rows)


def active_scenarios(state: State) -> str:
    """Scenarios that are on."""
    rows = [
        [
            s.name,
            s.user or s.client or s.ticket or "everyone",
            "for ever" if s.times is None else str(s.times),
            short(s.params),
        ]
        for s in state.scenarios
    ]
    return table("Scenarios switched on", ("Name", "For", "Times left", "Parameters"), rows)


def ticket_table(state: State) -> str:
    """All tickets."""
    rows = [
        [t.id, t.display_name, email(state, t.sub), ticket_status(state, t), t.account_id or ""]
        for t in state.tickets.values()
    ]
    return table("Tickets", ("Ticket", "Account name", "User", "Status", "Account"), rows)


def ticket_status(state: State, ticket: Ticket) -> str:
    """The status, with the expiry that nobody writes down."""
    over = ticket.status == "pending" and tickets.is_expired(state, ticket)
    return "expired" if over else ticket.status


def ga_tree(state: State) -> str:
    """Accounts with their properties and streams; long lists are cut."""
    rows = []
    for account in list(state.accounts.values())[-RECENT:]:
        children = [p for p in state.properties.values() if p.account_id == account.id]
        ids = {p.id for p in children}
        tags = [s.measurement_id for s in state.streams.values() if s.property_id in ids]
        rows.append(
            [
                account.id,
                account.display_name + (" (deleted)" if account.deleted else ""),
                ", ".join(email(state, sub) for sub in account.owners),
                ", ".join(f"{p.id} {p.body['displayName']}" for p in children),
                ", ".join(tags),
            ]
        )
    heads = ("Account", "Name", "Owner", "Properties", "Tags")
    return table("Analytics accounts (last 50)", heads, rows)


def grants(state: State) -> str:
    """What users granted to projects."""
    rows = [
        [email(state, g.sub), g.project, short_scopes(g.scopes), hour(g.granted_at)]
        for g in state.grants.values()
    ]
    return table("Grants", ("User", "Project", "Scopes", "Since"), rows)


def short_scopes(names: list[str]) -> str:
    """Scopes without their long prefix."""
    return ", ".join(name.removeprefix(scopes.PREFIX) for name in names)


def refresh_tokens(state: State) -> str:
    """The newest refresh tokens, masked, with the state of health of each."""
    rows = [
        [
            mask(t.value),
            email(state, t.sub),
            t.client_id,
            hour(t.issued_at),
            hour(t.last_used),
            life(state, t),
        ]
        for t in list(state.refresh_tokens.values())[-RECENT:][::-1]
    ]
    heads = ("Token", "User", "Client", "Issued", "Last used", "State")
    return table("Refresh tokens (last 50)", heads, rows)


def life(state: State, token: RefreshToken) -> str:
    """Alive, or dead and why."""
    cause = tokens.cause_of_death(state, token)
    return "alive" if cause is None else f"dead: {cause}"


def users(state: State) -> str:
    """Google users."""
    rows = [
        [u.email, u.name, u.sub, u.hd or "", u.status, str(len(state.accounts_of(u.sub)))]
        for u in state.users.values()
    ]
    heads = ("Address", "Name", "Id", "Domain", "Status", "Accounts")
    return table("Google users", heads, rows)


def clients(state: State) -> str:
    """OAuth clients, without their secrets."""
    rows = [
        [c.client_id, c.name, c.project, c.mode, c.status, ", ".join(c.redirect_uris)]
        for c in state.clients.values()
    ]
    heads = ("Client", "Name", "Project", "Mode", "Status", "Redirect addresses")
    return table("OAuth clients", heads, rows)


def keys(state: State) -> str:
    """API keys, masked, and how many calls each went along with."""
    rows = [
        [mask(k.value), k.project, k.blocked or "", str(k.calls)] for k in state.api_keys.values()
    ]
    return table("API keys", ("Key", "Project", "Refused with", "Calls"), rows)


def known_scenarios() -> str:
    """The registry."""
    rows = [[name, words] for name, words in scenarios.DESCRIPTIONS.items()]
    return table("All scenarios", ("Name", "What happens"), rows)
