"""The portal's own worker and clock, as processes on the database that is measured on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from portal.demo.programs import ROOT, programs


@contextmanager
def processes(
    folder: Path, google: str, *names: str, **settings: str
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Programs of `portal/demo/programs.py`, by name, until the block ends.

    They talk through a folder broker below `folder`, and to the local Google at `google`.
    """
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": database_url(),
        "BROKER_URL": "filesystem://",
        "BROKER_DIR": str(folder),
        "CACHE_URL": "locmemcache://",
        "GOOGLE_TOKEN_URL": f"{google}/token",
        "GOOGLE_REVOKE_URL": f"{google}/revoke",
        "GOOGLE_CERTS_URL": f"{google}/oauth2/v3/certs",
        "GOOGLE_ADMIN_API_URL": f"{google}/",
        **settings,
    }
    ports = {"GOOGLE_PORT": "0", "PORTAL_PORT": "0"}
    with ExitStack() as stack:
        running = {}
        for program in programs(ports, folder):
            if program.name in names:
                log = stack.enter_context((folder / f"{program.name}.log").open("wb"))
                running[program.name] = subprocess.Popen(
                    (sys.executable, *program.arguments),
                    cwd=ROOT,
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
        try:
            yield running
        finally:
            for process in running.values():
                process.terminate()
            for process in running.values():
                process.wait()


def database_url() -> str:
    """The address of the database that is measured on, for other processes."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def resident(process: subprocess.Popen[bytes]) -> float:
    """Megabytes of memory that a process holds."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("The process has ended; its log says why.")
