"""What every handler shares: the state, the request log, and the way to reach them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.emulator import clock, idtoken, scenarios
from tests.emulator.legacy_quota import LegacyQuota
from tests.emulator.quota import Quota
from tests.emulator.requestlog import RequestLog
from tests.emulator.scenarios import Circumstances, Params
from tests.emulator.seed import Seed
from tests.emulator.state import Client, State, User
from tests.emulator.wire import Wire


@dataclass
class World:
    """One emulator: its state may be replaced as a whole by a reset."""

    seed: Seed
    state: State
    log: RequestLog = field(default_factory=RequestLog)
    quota: Quota = field(default_factory=Quota)
    legacy_quota: LegacyQuota = field(default_factory=LegacyQuota)
    wire: Wire = field(default_factory=Wire)
    on_change: Callable[[], None] = lambda: None

    @classmethod
    def begin(cls, seed: Seed, state: State | None = None) -> World:
        """Start from a seed, or from a snapshot into which the seed is merged."""
        if state is None:
            state = seed.fresh_state()
        else:
            seed.merge_into(state)
        idtoken.ensure_key(state)
        return cls(seed=seed, state=state)

    def reset(self, seed: Seed | None = None) -> None:
        """Forget everything but the signing key, then start from the seed again."""
        keys = self.state.signing_keys[:1]
        if seed is not None:
            self.seed = seed
        self.state = self.seed.fresh_state()
        self.state.signing_keys = keys
        # A new one: what is still under way belongs to the old.
        self.log = RequestLog()
        self.wire.reset()
        self.quota = Quota()
        self.legacy_quota = LegacyQuota()

    def now(self) -> float:
        """The emulator's time in seconds since the epoch."""
        return clock.now(self.state)


WORLD: web.AppKey[World] = web.AppKey("world", World)
USER_KEY: web.RequestKey[str] = web.RequestKey("emu_user", str)
CLIENT_KEY: web.RequestKey[str] = web.RequestKey("emu_client", str)


def world_of(request: web.Request) -> World:
    """The world this request happens in."""
    return request.app[WORLD]


def note_parties(request: web.Request, user: User | None, client: Client | None) -> None:
    """Remember who a request is about, for scenarios and for the log."""
    if user is not None:
        request[USER_KEY] = user.email
    if client is not None:
        request[CLIENT_KEY] = client.client_id


def about(request: web.Request, ticket: str | None = None) -> Circumstances:
    """The circumstances of a request: parties noted so far, and its scenario header."""
    header = request.headers.get(scenarios.HEADER)
    return Circumstances(
        user=request.get(USER_KEY),
        client=request.get(CLIENT_KEY),
        ticket=ticket,
        path=request.path,
        header=scenarios.parse_header(header) if header else {},
    )


def hit(request: web.Request, name: str, ticket: str | None = None) -> Params | None:
    """Ask whether a scenario applies to this request, using up one of its times."""
    state = world_of(request).state
    if not state.scenarios and scenarios.HEADER not in request.headers:
        return None
    return scenarios.hit(state, name, about(request, ticket))
