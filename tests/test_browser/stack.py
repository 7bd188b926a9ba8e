"""The whole portal as `make demo` starts it: web, worker, beat and the local Google."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from portal.demo.programs import ROOT

READY = re.compile(r"Portal ready at (http://\S+).*local Google: (http://\S+)/_emu/")
INHERITED = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
PATIENCE = 120
# The local Google's prefixes of tokens, codes and secrets, and this suite's passwords.
CANARIES = re.compile(
    rb"ya29\.emu-\w{3}|1//emu-\w{3}|4/0emu-\w{3}|GOCSPX-emu-\w{3}|canary-pass\w*"
    rb"|AIzaEmu\w{3}|BEGIN PRIVATE"
)


@dataclass(frozen=True, slots=True)
class Stack:
    """A running portal and its Google."""

    portal: str
    google: str

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the local Google's control API."""
        url = f"{self.google}/_emu/api/{path}"
        answer = requests.request(method, url, json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()


class StackProcess:
    """Starts the demo in `folder` and stops it as Ctrl-C does."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        if database_url:
            kept["DATABASE_URL"] = database_url
        self.log = folder / "said.txt"
        self.folder = folder / "demo"
        # The supervisor turns tens of rate-limited sign-ups a minute away otherwise.
        environment = {
            **kept,
            "DEMO_DIR": str(self.folder),
            "ACCOUNT_RATE_LIMITS_ENABLED": "false",
            "SWEEP_INTERVAL": "1",
            # Nobody watches a browser for a day.
            "CREDENTIAL_GRACE_HOURS": "0",
            "CREDENTIAL_OBSERVE_HOURS": "0",
            "PYTHONUNBUFFERED": "1",
        }
        with self.log.open("w") as said:
            self.process = subprocess.Popen(
                (sys.executable, "manage.py", "demo"),
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self) -> Stack:
        """The addresses, once the demo has said that it is ready."""
        deadline = time.monotonic() + PATIENCE
        while not (match := READY.search(self.log.read_text())):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The demo did not start:\n{self.log.read_text()}")
            time.sleep(0.1)
        return Stack(match[1], match[2])

    def leaks(self) -> list[str]:
        """Files that hold a secret and should not: logs, broker files, database, mails.

        Not searched are the demo's own keys and what the local Google keeps.
        """
        own = {"env", "google-seed.json", "google-state.json", "google.log"}
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name not in own]
        return [
            f"{path.relative_to(self.folder)}: {match[0].decode()}…"
            for path in files
            for match in CANARIES.finditer(path.read_bytes())
        ]

    def stop(self) -> None:
        """Stop everything."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
