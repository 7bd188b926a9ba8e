"""Databases of the tests: what the migrations make is kept, and copied while they are the same.

Migrating takes seven seconds of a processor, which each process of each run would spend, were it
for a single test. What is kept is named after all that it was made from, so a change of any line
of the product makes a new one. Migrations are run on the copy as well, and find nothing to do.
"""

import fcntl
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.db.backends.sqlite3 import creation

_ROOT = Path(__file__).resolve().parent.parent.parent
_ROOMS = ("accounts", "tokens", "provisioning", "portal", "tests/sqlite", "requirements")
_KEPT = _ROOT / ".pytest_cache" / "migrated"


def made_from() -> str:
    """A name for all that decides what is in a database that was just migrated."""
    files = {path for room in _ROOMS for path in (_ROOT / room).rglob("*.*")}
    for app in apps.get_app_configs():
        files.update(Path(app.path).glob("migrations/*.py"))
    read = hashlib.sha256(f"{django.VERSION} {sqlite3.sqlite_version}".encode())
    for path in sorted(path for path in files if path.suffix in {".py", ".txt"}):
        read.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return read.hexdigest()[:32]


class DatabaseCreation(creation.DatabaseCreation):
    """Begins with a copy of what is kept, and keeps what is not."""

    def create_test_db(self, *args: Any, **options: Any) -> str:
        """Make the database; who comes first migrates, and the others wait for it."""
        with _alone():
            kept = _KEPT / f"{made_from()}.sqlite3"
            is_kept = kept.exists()
            name: str = super().create_test_db(*args, **options)
            if not is_kept:
                self._keep(kept)
        return name

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        # The stubs of Django leave out what begins with an underscore.
        name: str = super()._create_test_db(verbosity, autoclobber, keepdb)  # type: ignore[misc]
        kept = _KEPT / f"{made_from()}.sqlite3"
        if kept.exists():
            shutil.copyfile(kept, name)
        return name

    def _keep(self, kept: Path) -> None:
        for old in _KEPT.glob("*.sqlite3"):
            old.unlink()
        unfinished = kept.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with self.connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(unfinished)])
        unfinished.rename(kept)


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time, whichever run it belongs to."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
