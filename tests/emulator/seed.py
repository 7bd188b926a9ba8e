"""What the emulator knows at the start: clients, users and limits, from JSON."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tests.emulator.state import (
    Account,
    Client,
    LegacyProperty,
    LegacyView,
    Limits,
    State,
    User,
)


class SeedError(ValueError):
    """The seed has a field that means nothing, or lacks one that is needed."""


DEFAULT_USERS: tuple[dict[str, Any], ...] = (
    {"email": "agency@gmail.example", "name": "Alex Agency"},
    {"email": "shop@gmail.example", "name": "Sam Shop"},
    {"email": "it@workspace.example", "name": "Ida Tanaka", "hd": "workspace.example"},
)
DEFAULT_CLIENTS: tuple[dict[str, Any], ...] = (
    {
        "client_id": "portal.apps.googleusercontent.com",
        "client_secret": "GOCSPX-emu-portal",
        "redirect_uris": ["http://127.0.0.1:8000/google/callback/"],
        "project": "portal-project",
        "name": "Analytics Portal",
    },
)


@dataclass
class Seed:
    """Clients, users (each with numbers of ready-made accounts) and limits."""

    clients: list[Client] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    accounts: dict[str, int] = field(default_factory=dict)
    legacy_accounts: dict[str, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Seed:
        """Read a seed document; unknown fields are refused, missing lists get defaults."""
        rest = dict(data)
        clients = rest.pop("clients", None) or DEFAULT_CLIENTS
        users = rest.pop("users", None) or DEFAULT_USERS
        return cls(
            clients=[client_from(entry) for entry in clients],
            users=[user_from(entry) for entry in users],
            accounts={entry["email"]: int(entry.get("accounts", 0)) for entry in users},
            legacy_accounts={
                entry["email"]: int(entry.get("legacy_accounts", 0)) for entry in users
            },
            limits=limits_from(rest),
        )

    @classmethod
    def from_file(cls, path: Path) -> Seed:
        """Read a seed from a JSON file."""
        return cls.from_dict(json.loads(path.read_text("utf-8")))

    def fresh_state(self) -> State:
        """Build the state of an emulator that nobody has used yet."""
        state = State(limits=Limits(**vars(self.limits)))
        self.merge_into(state)
        for user in self.users:
            add_accounts(state, user.sub, self.accounts.get(user.email, 0))
            add_legacy_accounts(state, user.sub, self.legacy_accounts.get(user.email, 0))
        return state

    def merge_into(self, state: State) -> None:
        """Let the seed's clients, users and limits win over those of a loaded snapshot."""
        state.limits = Limits(**vars(self.limits))
        state.clients.update({c.client_id: Client(**vars(c)) for c in self.clients})
        state.users.update({u.sub: User(**vars(u)) for u in self.users})


def client_from(entry: dict[str, Any]) -> Client:
    """Read one OAuth client; the id is required, the secret gets a default."""
    refuse_unknown(entry, {f.name for f in fields(Client)}, "client")
    if "client_id" not in entry:
        raise SeedError("a client needs a client_id")
    return Client(**{"client_secret": "GOCSPX-emu-secret", **entry})


def user_from(entry: dict[str, Any]) -> User:
    """Read one user; ``sub`` and ``name`` are derived from the address when absent."""
    counts = {"accounts", "legacy_accounts"}
    refuse_unknown(entry, {f.name for f in fields(User)} | counts, "user")
    if "email" not in entry:
        raise SeedError("a user needs an email")
    known = {key: value for key, value in entry.items() if key not in counts}
    email = str(entry["email"])
    return User(**{"sub": sub_for(email), "name": email.partition("@")[0].title(), **known})


def sub_for(email: str) -> str:
    """Derive a stable 21-digit account id from an address."""
    digits = int(hashlib.sha256(email.lower().encode()).hexdigest(), 16)
    return "11" + str(digits)[:19]


def limits_from(entry: dict[str, Any]) -> Limits:
    """Read the limits, which stand at the top level of the seed."""
    refuse_unknown(entry, {f.name for f in fields(Limits)}, "seed")
    return Limits(**entry)


def refuse_unknown(entry: dict[str, Any], known: set[str], what: str) -> None:
    """A misspelt field must not be ignored silently."""
    odd = sorted(set(entry) - known)
    if odd:
        raise SeedError(f"unknown {what} field(s): {', '.join(odd)}; known: {sorted(known)}")


def add_accounts(state: State, sub: str, count: int, prefix: str = "Account") -> list[Account]:
    """Give a user ready-made accounts, for paging and limit tests."""
    moment = time.time() + state.clock_offset
    made = []
    for _ in range(count):
        number = state.take_id()
        account = Account(number, f"{prefix} {number}", "US", [sub], moment, moment)
        state.accounts[number] = account
        made.append(account)
    return made


def add_legacy_accounts(state: State, sub: str, count: int) -> list[Account]:
    """Ready-made accounts of Universal Analytics, each with a property and its view."""
    made = add_accounts(state, sub, count, "Legacy account")
    for account in made:
        number = f"UA-{account.id}-1"
        site = f"https://site{account.id}.example"
        view = state.take_id()
        state.legacy_properties[number] = LegacyProperty(
            number, account.id, f"Site {account.id}", site, account.created_at
        )
        state.legacy_views[view] = LegacyView(
            view, number, "All web site data", "America/Los_Angeles", account.created_at
        )
    return made
