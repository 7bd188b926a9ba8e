"""Finding processes by their environment, which they cannot shed by changing session."""

from contextlib import suppress
from pathlib import Path


def processes_with(name: str, value: str) -> list[int]:
    """Living processes that were started with `name=value`."""
    wanted = f"{name}={value}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            environ = (process / "environ").read_bytes().split(b"\0")
            state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
            if wanted in environ and state != "Z":
                found.append(int(process.name))
    return found
