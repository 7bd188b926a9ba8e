"""A PostgreSQL for the tests: the one in `DATABASE_URL`, else a private one.

    python -m tests.postgres -- command…

runs a command with `DATABASE_URL` set, and ends the private server afterwards.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Without warnings, because the server's library warns of a missing XDG_RUNTIME_DIR.
SERVER = (sys.executable, "-W", "ignore", "-m", "tests.postgres_server")


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL that may be used until the block ends."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    with subprocess.Popen(
        SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        # The address is all that the server ever writes; an empty one means it did not start.
        url = server.stdout.readline().strip() if server.stdout else ""
        try:
            yield url or sys.exit("The private PostgreSQL did not start; the reason is above.")
        finally:
            server.communicate()


def run(command: list[str]) -> int:
    """Run a command on such a server and give its exit code."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    with postgres() as url:
        process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})
        try:
            return process.wait()
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] != ["--"] or not sys.argv[2:]:
        sys.exit("usage: python -m tests.postgres -- command…")
    sys.exit(run(sys.argv[2:]))
