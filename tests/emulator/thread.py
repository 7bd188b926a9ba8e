"""Run an emulator inside a test process, on a socket that is already bound."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.emulator.app import make_app
from tests.emulator.seed import Seed
from tests.emulator.state import State
from tests.emulator.world import World

T = TypeVar("T")
GRACE = 0.2


def listening_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Bind a socket now, so that its port is known before anything serves on it."""
    sock = socket.create_server((host, port))
    sock.setblocking(False)
    return sock


class EmulatorThread:
    """An emulator with its own event loop in a background thread.

    >>> with EmulatorThread() as emulator:
    ...     emulator.base_url
    """

    def __init__(
        self, sock: socket.socket | None = None, seed: Seed | dict[str, Any] | None = None
    ) -> None:
        self._sock = sock if sock is not None else listening_socket()
        host, port = self._sock.getsockname()[:2]
        self.base_url = f"http://{host}:{port}"
        self.world = World.begin(as_seed(seed))
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)

    @property
    def state(self) -> State:
        """The state itself; to change it while serving, use :meth:`call`."""
        return self.world.state

    def start(self) -> None:
        """Begin to serve; returns once requests are answered."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop serving and close the socket; safe to call twice."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def call(self, work: Callable[[World], T]) -> T:
        """Run a function on the emulator's own thread and return what it returns."""
        if self._loop is None:
            return work(self.world)

        async def run() -> T:
            return work(self.world)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def reset(self, seed: Seed | dict[str, Any] | None = None) -> None:
        """Start from the seed again, or from another one."""
        fresh = None if seed is None else as_seed(seed)
        self.call(lambda world: world.reset(fresh))

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
            self._ready.set()
            raise

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        runner = web.AppRunner(make_app(self.world), access_log=None, shutdown_timeout=GRACE)
        await runner.setup()
        await web.SockSite(runner, self._sock).start()
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def as_seed(seed: Seed | dict[str, Any] | None) -> Seed:
    """Accept a seed, a seed document, or nothing."""
    return seed if isinstance(seed, Seed) else Seed.from_dict(seed or {})
