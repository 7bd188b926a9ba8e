"""The portal's web server as the image starts it, on the database that is measured on."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from portal.demo.ports import HOST, any_free
from portal.demo.programs import ROOT
from tests.bench.worker import database_url

PATIENCE = 120
# As in docker/entrypoint.sh.
_GUNICORN = (
    *("-m", "gunicorn", "portal.wsgi", "--worker-class", "gthread", "--workers", "2"),
    *("--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"),  # noqa: S108  # likewise
)


@contextmanager
def serving() -> Iterator[str]:
    """The address of two processes of eight threads, with collected static files."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.served",
            "DATABASE_URL": database_url(),
            "STATIC_MANIFEST": "true",
            "STATIC_ROOT": str(folder / "static"),
        }
        collect = (sys.executable, "manage.py", "collectstatic", "--noinput", "-v0")
        subprocess.run(collect, cwd=ROOT, env=environment, check=True)  # our own
        port = any_free()
        bind = ("--bind", f"{HOST}:{port}")
        with (folder / "web.log").open("wb") as log:
            process = subprocess.Popen(
                (sys.executable, *_GUNICORN, *bind),
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        try:
            _wait(f"http://{HOST}:{port}", folder / "web.log")
            yield f"http://{HOST}:{port}"
        finally:
            process.terminate()
            process.wait()


def _wait(address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{address}/healthz", timeout=10).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise RuntimeError(f"The web server did not start:\n{log.read_text()}")
