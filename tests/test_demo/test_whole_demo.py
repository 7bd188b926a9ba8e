"""`manage.py demo` as a person runs it: from a terminal, until Ctrl-C."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.demo.programs import ROOT
from tests.test_demo.processes import processes_with

pytestmark = [pytest.mark.slow, pytest.mark.sqlite, pytest.mark.timeout(180)]
CTRL_C = b"\x03"
INHERITED = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")


class Session:
    """A demo on a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen = ""
        self.terminal, side = pty.openpty()
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self.process = subprocess.Popen(
            (sys.executable, "-c", _ON_TERMINAL, sys.executable, "manage.py", "demo"),
            env={**kept, "DEMO_DIR": str(folder)},
            cwd=ROOT,
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
        )
        os.close(side)

    def read_until(self, wanted: str, patience: float = 120) -> str:
        """What was shown up to now, once it holds `wanted`."""
        deadline = time.monotonic() + patience
        while wanted not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.seen += self._read()
        return self.seen

    def _read(self) -> str:
        try:
            return os.read(self.terminal, 65_536).decode()
        except OSError as gone:
            raise AssertionError(f"The demo ended. It said:\n{self.seen}") from gone

    def left_behind(self) -> list[int]:
        """Processes of this demo that are alive, a second after its end."""
        time.sleep(1)
        return processes_with("DEMO_DIR", str(self.folder))


# Makes the terminal the controlling one, so that Ctrl-C becomes SIGINT.
_ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path / "demo")
    yield session
    session.process.kill()
    session.process.wait()
    os.close(session.terminal)


def secrets_of(folder: Path) -> list[str]:
    """The keys and secrets that the demo has made for itself, as its processes are given them."""
    lines = (folder / "env").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return [value.strip("'\"") for name, value in told.items() if name.endswith(("KEY", "SECRET"))]


def test_it_gets_ready_shows_no_key_to_others_and_ctrl_c_leaves_nobody(demo: Session) -> None:
    said = demo.read_until("/_emu/")
    assert said.count("Portal ready at http://localhost:") == 1
    pids = processes_with("DEMO_DIR", str(demo.folder))
    assert len(pids) >= 5
    # Whoever may list the processes of a machine reads how each was started.
    started = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids).decode()
    assert "celery" in started
    secrets = secrets_of(demo.folder)
    assert len(secrets) >= 3
    assert not [one for one in secrets if one in started or one in said]
    os.write(demo.terminal, CTRL_C)
    assert demo.process.wait(timeout=15) == 0
    assert demo.left_behind() == []


def test_a_process_that_dies_takes_the_demo_with_it_by_name(demo: Session) -> None:
    demo.read_until("/_emu/")
    worker = next(
        pid
        for pid in processes_with("DEMO_DIR", str(demo.folder))
        if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    )
    os.kill(worker, 9)
    demo.read_until("The process 'worker' was killed by signal 9")
    assert demo.process.wait(timeout=15) == 1
    assert demo.left_behind() == []


def test_killing_the_supervisor_leaves_nobody(demo: Session) -> None:
    said = demo.read_until("/_emu/")
    demo.process.kill()
    demo.process.wait()
    deadline = time.monotonic() + 15
    while processes_with("DEMO_DIR", str(demo.folder)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert demo.left_behind() == []
    assert said
