"""The processes of a demo."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import IO

from portal.demo import tether
from portal.demo.programs import ROOT, Program

GRACE = 8.0
TICK = 0.1


class Child:
    """One running process, in a session of its own.

    Its own session keeps the terminal's Ctrl-C away from it: Celery would take
    that for an order to stop at once. The supervisor passes the order on.
    """

    def __init__(
        self, program: Program, environ: Mapping[str, str], heard: Callable[[str, str], None]
    ) -> None:
        self.name = program.name
        tied = (sys.executable, "-I", "-S", tether.__file__, str(os.getpid()))
        self.process = subprocess.Popen(
            (*tied, sys.executable, *program.arguments),
            cwd=ROOT,
            env={**environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        self._listener = threading.Thread(
            target=self._listen, args=(self.process.stdout, heard), daemon=True
        )
        self._listener.start()

    def _listen(self, output: IO[str], heard: Callable[[str, str], None]) -> None:
        with output:
            for line in output:
                heard(self.name, line.rstrip("\n"))

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    @property
    def last_words(self) -> str:
        code = self.process.returncode
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def reap(self) -> None:
        """Collect the process and the rest of its output."""
        self.process.wait()
        self._listener.join(timeout=1)


def stop_all(children: Iterable[Child], grace: float = GRACE) -> None:
    """Ask every child to end, wait, and kill what is left of any of them."""
    children = tuple(children)
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and not all(child.has_ended for child in children):
        time.sleep(TICK)
    for child in children:
        child.signal(signal.SIGKILL)
        child.reap()
