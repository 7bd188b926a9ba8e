"""A local Google in a process of its own, so that it does not share our interpreter."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from portal.demo.programs import ROOT

CLIENT = "portal.apps.googleusercontent.com"
SECRET = "GOCSPX-emu-portal"
USER = "agency@gmail.example"


@contextmanager
def google(*returns: str) -> Iterator[str]:
    """The address of a local Google that issues as many refresh tokens as are asked for.

    Its terms may lead back to `returns`.
    """
    seed = {
        "refresh_token_limit": 10_000_000,
        "clients": [
            {
                "client_id": CLIENT,
                "client_secret": SECRET,
                "redirect_uris": ["http://localhost/google/callback/", *returns],
                "project": "bench",
                "mode": "production",
                "name": "Benchmark",
            }
        ],
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "seed.json"
        path.write_text(json.dumps(seed))
        emulator = [sys.executable, "-m", "tests.emulator"]
        command = [*emulator, "--even", "--port", "0", "--seed", str(path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            ready = process.stdout.readline() if process.stdout else ""
            try:
                yield ready.split()[-1].rstrip("/")
            finally:
                process.terminate()


def issue(base: str, many: int) -> list[str]:
    """So many refresh tokens."""
    body = {"email": USER, "client_id": CLIENT, "count": many}
    answer = requests.post(f"{base}/_emu/api/grants", json=body, timeout=300)
    answer.raise_for_status()
    tokens: list[str] = answer.json()["refresh_tokens"]
    return tokens


def latency(base: str, milliseconds: int) -> None:
    """Let the token endpoint take so long."""
    requests.delete(f"{base}/_emu/api/scenario", timeout=10)
    if milliseconds:
        body = {"name": "latency", "params": {"ms": milliseconds}}
        requests.post(f"{base}/_emu/api/scenario", json=body, timeout=10).raise_for_status()
