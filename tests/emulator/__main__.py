"""``python -m tests.emulator``: serve a local Google until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from aiohttp import web

from tests.emulator import snapshot
from tests.emulator.app import make_app
from tests.emulator.seed import Seed
from tests.emulator.thread import GRACE, listening_socket
from tests.emulator.world import World


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9000, help="port; 0 takes a free one")
    parser.add_argument("--seed", type=Path, help="JSON file with clients, users and limits")
    parser.add_argument("--state", type=Path, help="JSON file that keeps the state between runs")
    parser.add_argument("--even", action="store_true", help="send each answer in one go")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT, then save."""
    seed = Seed.from_file(options.seed) if options.seed else Seed.from_dict({})
    world = World.begin(seed, snapshot.load(options.state) if options.state else None)
    world.wire.even = options.even
    saver = snapshot.Saver(options.state, lambda: world.state) if options.state else None
    if saver is not None:
        world.on_change = saver.touch
    sock = listening_socket(options.host, options.port)
    runner = web.AppRunner(make_app(world), access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print(f"emulator ready http://{options.host}:{sock.getsockname()[1]}", flush=True)
    await stop.wait()
    await runner.cleanup()
    if saver is not None:
        saver.flush()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
