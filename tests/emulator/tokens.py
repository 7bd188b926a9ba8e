"""Mint, look up and end codes and tokens, within Google's limits (contract §1.2-1.4)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from tests.emulator import clock, scopes
from tests.emulator.state import AccessToken, Client, Code, Grant, RefreshToken, State, User

ACCESS_PREFIX = "ya29.emu-"
REFRESH_PREFIX = "1//emu-"
CODE_PREFIX = "4/0emu-"
DAY = 86400
PURGE_ABOVE = 20000


def mint_access(
    state: State,
    client_id: str,
    sub: str,
    granted: Iterable[str],
    lifetime: int,
    refresh_token: str | None = None,
) -> AccessToken:
    """Issue an access token."""
    _purge_expired(state)
    moment = clock.now(state)
    token = AccessToken(
        value=ACCESS_PREFIX + secrets.token_urlsafe(48),
        client_id=client_id,
        sub=sub,
        scopes=sorted(granted),
        issued_at=moment,
        expires_at=moment + lifetime,
        refresh_token=refresh_token,
    )
    state.access_tokens[token.value] = token
    return token


def _purge_expired(state: State) -> None:
    """Drop dead access tokens once in a while, so that long benchmarks stay small."""
    count = len(state.access_tokens)
    if count < PURGE_ABOVE or count % 1000:
        return
    moment = clock.now(state)
    living = {k: t for k, t in state.access_tokens.items() if t.expires_at > moment}
    state.access_tokens = living


def mint_refresh(
    state: State, client_id: str, sub: str, granted: Iterable[str], limit: int | None = None
) -> RefreshToken:
    """Issue a refresh token; beyond the limit the oldest one dies, without a warning."""
    moment = clock.now(state)
    token = RefreshToken(
        value=REFRESH_PREFIX + secrets.token_urlsafe(48),
        client_id=client_id,
        sub=sub,
        scopes=sorted(granted),
        issued_at=moment,
        last_used=moment,
    )
    state.refresh_tokens[token.value] = token
    family = state.refresh_index.setdefault(f"{client_id} {sub}", [])
    family.append(token.value)
    _evict(state, family, limit or state.limits.refresh_token_limit)
    return token


def _evict(state: State, family: list[str], limit: int) -> None:
    moment = clock.now(state)
    living = [v for v in family if state.refresh_tokens[v].dies_at is None]
    for value in living[: max(0, len(living) - limit)]:
        end_refresh(state.refresh_tokens[value], moment, "evicted")
    family[:] = living[-limit:]


def end_refresh(token: RefreshToken, moment: float, death: str) -> None:
    """Let a refresh token die at a moment, unless it dies earlier anyway."""
    if token.dies_at is None or moment < token.dies_at:
        token.dies_at = moment
        token.death = death


def cause_of_death(state: State, token: RefreshToken) -> str | None:
    """Say why a refresh token is dead, or None while it lives."""
    moment = clock.now(state)
    if token.dies_at is not None and token.dies_at <= moment:
        return token.death or "ended"
    if moment - token.last_used > state.limits.refresh_idle_days * DAY:
        return "idle"
    if testing_lifetime(state, token) is not None:
        age = moment - token.issued_at
        return "testing" if age > state.limits.testing_days * DAY else None
    return None


def testing_lifetime(state: State, token: RefreshToken) -> int | None:
    """Seconds a Testing-mode refresh token lives; None where that rule does not apply."""
    client = state.clients.get(token.client_id)
    if client is None or client.mode != "testing" or not scopes.api_scopes(token.scopes):
        return None
    return int(state.limits.testing_days * DAY) - 1


def living_access(state: State, value: str) -> AccessToken | None:
    """Find an access token that still works."""
    token = state.access_tokens.get(value)
    if token is None or token.expires_at <= clock.now(state):
        return None
    user = state.users.get(token.sub)
    return token if user is not None and user.status == "active" else None


def new_code(
    state: State, client: Client, user: User, redirect_uri: str, granted: Iterable[str]
) -> Code:
    """Issue an authorisation code; the caller adds what else the exchange must match."""
    code = Code(
        value=CODE_PREFIX + secrets.token_urlsafe(36),
        client_id=client.client_id,
        sub=user.sub,
        redirect_uri=redirect_uri,
        scopes=sorted(granted),
        issued_at=clock.now(state),
        offline=False,
        consent_shown=False,
    )
    state.codes[code.value] = code
    return code


def grant_key(sub: str, project: str) -> str:
    """Grants belong to a user and a whole project."""
    return f"{sub} {project}"


def granted_to(state: State, sub: str, project: str) -> frozenset[str]:
    """All scopes a user has ever granted to a project and not taken back."""
    grant = state.grants.get(grant_key(sub, project))
    return frozenset(grant.scopes) if grant else frozenset()


def add_grant(state: State, sub: str, project: str, granted: Iterable[str]) -> None:
    """Remember a consent; scopes add up."""
    together = granted_to(state, sub, project) | frozenset(granted)
    key = grant_key(sub, project)
    state.grants[key] = Grant(sub, project, sorted(together), clock.now(state))


def revoke_project(state: State, sub: str, project: str, delay: float = 0) -> int:
    """Take back everything a user granted to a project: every client, every token.

    Returns how many refresh tokens died (contract §1.4, blast radius).
    """
    moment = clock.now(state) + delay
    clients = {c.client_id for c in state.clients.values() if c.project == project}
    state.grants.pop(grant_key(sub, project), None)
    for access in state.access_tokens.values():
        if access.sub == sub and access.client_id in clients:
            access.expires_at = min(access.expires_at, moment)
    doomed = [
        token
        for token in state.refresh_tokens.values()
        if token.sub == sub and token.client_id in clients and token.dies_at is None
    ]
    for token in doomed:
        end_refresh(token, moment, "revoked")
    return len(doomed)
