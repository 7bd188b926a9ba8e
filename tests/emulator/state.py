"""Everything the emulator remembers, as plain dataclasses that go to JSON and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Limits:
    """Numbers Google enforces; each can be set in the seed (contract §13)."""

    refresh_token_limit: int = 100
    code_ttl: float = 600
    access_token_ttl: int = 3599
    refresh_idle_days: float = 182
    testing_days: float = 7
    ticket_ttl: float = 3600
    account_limit: int = 100
    property_limit: int = 2000
    stream_limit: int = 50
    strict_ticket_redirect: bool = True
    revoke_on_code_replay: bool = True
    quotas: dict[str, int] = field(default_factory=dict)
    legacy: bool = True
    v3_writes_day: int = 50
    v3_calls_second: float = 1.5


@dataclass
class Client:
    """An OAuth client of a Cloud project; its kind is ``web`` or ``installed``."""

    client_id: str
    client_secret: str
    redirect_uris: list[str] = field(default_factory=list)
    project: str = "portal-project"
    mode: str = "production"
    name: str = "Unnamed app"
    status: str = "active"
    internal_domain: str | None = None
    second_secret: str = ""
    disabled_secrets: list[str] = field(default_factory=list)
    test_users: list[str] | None = None
    kind: str = "web"


@dataclass
class User:
    """A Google account; ``sub`` is its stable key."""

    email: str
    sub: str
    name: str
    hd: str | None = None
    status: str = "active"


@dataclass
class Grant:
    """What a user has allowed a whole project to do (not one client of it)."""

    sub: str
    project: str
    scopes: list[str]
    granted_at: float


@dataclass
class Code:
    """An authorisation code and what the exchange must match."""

    value: str
    client_id: str
    sub: str
    redirect_uri: str
    scopes: list[str]
    issued_at: float
    offline: bool
    consent_shown: bool
    challenge: str | None = None
    challenge_method: str = "plain"
    nonce: str | None = None
    used: bool = False
    issued_tokens: list[str] = field(default_factory=list)


@dataclass
class RefreshToken:
    """A refresh token; ``dies_at`` is set once something has ended it."""

    value: str
    client_id: str
    sub: str
    scopes: list[str]
    issued_at: float
    last_used: float
    dies_at: float | None = None
    death: str | None = None


@dataclass
class AccessToken:
    """A bearer token for the APIs."""

    value: str
    client_id: str
    sub: str
    scopes: list[str]
    issued_at: float
    expires_at: float
    refresh_token: str | None = None


@dataclass
class Ticket:
    """An account ticket, bound to the Google user whose token asked for it."""

    id: str
    sub: str
    client_id: str
    redirect_uri: str
    display_name: str
    region_code: str
    created_at: float
    status: str = "pending"
    account_id: str | None = None
    legacy: dict[str, dict[str, str]] | None = None


@dataclass
class Account:
    """A GA account, which may appear late (contract §14.33).

    That is at ``visible_from``, and after ``hidden_listings`` lists without it.
    """

    id: str
    display_name: str
    region_code: str
    owners: list[str]
    created_at: float
    updated_at: float
    visible_from: float = 0
    hidden_listings: int = 0
    deleted: bool = False
    bindings: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Property:
    """A GA4 property; ``body`` holds the fields the caller may set."""

    id: str
    account_id: str
    body: dict[str, Any]
    created_at: float
    updated_at: float
    deleted_at: float | None = None
    retention: dict[str, Any] = field(default_factory=dict)
    acknowledged: bool = False


@dataclass
class DataStream:
    """A data stream of a property."""

    id: str
    property_id: str
    body: dict[str, Any]
    measurement_id: str
    created_at: float
    updated_at: float


@dataclass
class LegacyProperty:
    """A Universal Analytics property, ``UA-<account>-<n>``."""

    id: str
    account_id: str
    name: str
    website_url: str
    created_at: float


@dataclass
class LegacyView:
    """A view (profile) of a Universal Analytics property."""

    id: str
    property_id: str
    name: str
    time_zone: str
    created_at: float


@dataclass
class MeasurementSecret:
    """A Measurement Protocol secret of a stream."""

    id: str
    property_id: str
    stream_id: str
    display_name: str
    value: str


@dataclass
class BrowserSession:
    """A browser's cookie: which Google users are signed in there, newest first."""

    id: str
    subs: list[str] = field(default_factory=list)


@dataclass
class ActiveScenario:
    """A scenario switched on for everyone, or for one user, client or ticket."""

    name: str
    user: str | None = None
    client: str | None = None
    ticket: str | None = None
    times: int | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class SigningKey:
    """A key that signs id tokens: private PEM and its certificate."""

    kid: str
    private_pem: str
    cert_pem: str


@dataclass
class ServiceAccount:
    """A service account; the user and the client with its `sub` are the same principal."""

    email: str
    project: str
    sub: str
    key_admin: bool = True
    disabled: bool = False


@dataclass
class ServiceAccountKey:
    """The public half of a key; Google's own (`SYSTEM`) sign for nobody else."""

    id: str
    email: str
    public_pem: str
    created_at: float
    kind: str = "USER"
    disabled: bool = False
    works_from: float = 0


@dataclass
class ApiKey:
    """An API key of a project; `blocked` is the reason that Google refuses it with.

    With `services` it is restricted to those APIs, by the names of their hosts. `calls` counts
    what was asked of an API with it and an access token.
    """

    value: str
    project: str
    blocked: str | None = None
    calls: int = 0
    services: list[str] = field(default_factory=list)


@dataclass
class State:
    """The whole world, keyed for the look-ups the handlers make."""

    limits: Limits = field(default_factory=Limits)
    clients: dict[str, Client] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    refresh_index: dict[str, list[str]] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    streams: dict[str, DataStream] = field(default_factory=dict)
    legacy_properties: dict[str, LegacyProperty] = field(default_factory=dict)
    legacy_views: dict[str, LegacyView] = field(default_factory=dict)
    secrets: dict[str, MeasurementSecret] = field(default_factory=dict)
    sessions: dict[str, BrowserSession] = field(default_factory=dict)
    service_accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    service_account_keys: dict[str, ServiceAccountKey] = field(default_factory=dict)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    scenarios: list[ActiveScenario] = field(default_factory=list)
    signing_keys: list[SigningKey] = field(default_factory=list)
    clock_offset: float = 0
    next_id: int = 100001
    private_keys_made: int = 0

    def take_id(self) -> str:
        """Return the next deterministic numeric id."""
        number = self.next_id
        self.next_id += 1
        return str(number)

    def user_by_email(self, email: str) -> User | None:
        """Find a user by address, ignoring case."""
        wanted = email.lower()
        return next((u for u in self.users.values() if u.email.lower() == wanted), None)

    def accounts_of(self, sub: str) -> list[Account]:
        """Return the living accounts a user owns, oldest first."""
        return [a for a in self.accounts.values() if sub in a.owners and not a.deleted]
