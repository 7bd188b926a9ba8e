"""Which ports the demo listens on."""

import socket
import sys

from portal.demo.errors import DemoError

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now, judged as servers do it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def take(port: int) -> bool:
    """Take a free port for this demo, unless another demo has taken it a moment ago.

    Between choosing a port and listening on it lie seconds in which it still looks
    free. A name in Linux's abstract namespace marks it as ours until this process is
    gone, and leaves no file behind.
    """
    if not is_free(port):
        return False
    if sys.platform != "linux":
        return True
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0analytics-portal-demo-{port}")
    except OSError:
        mark.close()
        return False
    mark.detach()  # Never closed.
    return True


def any_free() -> int:
    """A port that the system calls free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def choose(name: str, asked: str | None, remembered: str | None, favourite: int) -> int:
    """The port that was asked for; else last time's, the favourite, or any that is free.

    Raises:
        DemoError: when the port that was asked for is no port, or is taken.
    """
    if asked:
        return _asked_for(name, asked)
    wanted = [int(remembered)] if remembered and remembered.isdigit() else []
    chosen = next((port for port in [*wanted, favourite] if take(port)), None)
    while chosen is None:
        chosen = port if take(port := any_free()) else None
    return chosen


def _asked_for(name: str, asked: str) -> int:
    if not asked.isdigit() or not 0 < int(asked) < 65_536:
        raise DemoError(f"{name}={asked} is not a port number.")
    if not take(int(asked)):
        raise DemoError(
            f"Port {asked} ({name}) is taken. Stop what listens there, choose another, "
            f"or leave {name} out to get a free one."
        )
    return int(asked)
