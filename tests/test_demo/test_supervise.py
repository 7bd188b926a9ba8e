"""Children: started, watched, named when they die, and never left behind."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.demo import tether
from portal.demo.errors import DemoError
from portal.demo.output import Output
from portal.demo.ports import any_free
from portal.demo.programs import Program
from portal.demo.stop import Stop
from portal.demo.supervise import supervise
from tests.test_demo.processes import processes_with

WEB = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{}")
    def log_message(self, *args): ...
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


class Terminal(io.StringIO):
    """A terminal whose person presses Ctrl-C as soon as the portal is ready."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self.stop = stop

    def write(self, text: str) -> int:
        self.stop.asked = self.stop.asked or "Portal ready" in text
        return super().write(text)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DEMO_TEST": str(tmp_path),
        "BASE_URL": "http://localhost",
        "PORTAL_PORT": str(any_free()),
        "GOOGLE_PORT": "9000",
    }


def run(environ: dict[str, str], *others: Program, verbose: bool = False) -> str:
    stop = Stop()
    terminal = Terminal(stop)
    output = Output(Path(environ["DEMO_TEST"]), terminal, verbose=verbose)
    web = Program("web", ("-c", WEB, environ["PORTAL_PORT"]))
    supervise((web, *others), environ, output, stop)
    return terminal.getvalue()


def test_it_says_ready_once_and_leaves_nobody(environ: dict[str, str]) -> None:
    said = run(environ)
    assert said.count("Portal ready at http://localhost") == 1
    assert not processes_with("DEMO_TEST", environ["DEMO_TEST"])


def test_a_child_that_dies_is_named_with_its_last_lines(environ: dict[str, str]) -> None:
    worker = Program("worker", ("-c", "print('no broker'); raise SystemExit(3)"))
    with pytest.raises(DemoError, match=r"'worker' ended with code 3(?s:.*)no broker"):
        run({**environ, "PORTAL_PORT": str(any_free())}, worker)
    assert not processes_with("DEMO_TEST", environ["DEMO_TEST"])


@pytest.mark.slow
@pytest.mark.sqlite(only=True)
def test_a_child_that_ignores_sigterm_is_killed(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.demo.children.GRACE", 0.2)
    run(environ, Program("deaf", ("-c", DEAF)))
    assert not processes_with("DEMO_TEST", environ["DEMO_TEST"])


def test_output_goes_to_files_and_on_request_to_the_terminal(environ: dict[str, str]) -> None:
    talker = Program("beat", ("-c", "print('tick', flush=True); import time; time.sleep(60)"))
    assert "tick" not in run(environ, talker)
    assert "tick" in (Path(environ["DEMO_TEST"]) / "beat.log").read_text()
    assert "  beat | tick" in run(environ, talker, verbose=True)


def test_warnings_reach_the_terminal_once_the_portal_is_ready(tmp_path: Path) -> None:
    terminal = io.StringIO()
    output = Output(tmp_path, terminal, verbose=False)
    output.open("web")
    output.heard("web", "2026-01-01T00:00:00Z [warning  ] too early")
    output.warns = True
    output.heard("web", "2026-01-01T00:00:00Z [info     ] all is well")
    output.heard("web", "2026-01-01T00:00:00Z [warning  ] slow answer")
    output.close()
    assert terminal.getvalue() == "   web | 2026-01-01T00:00:00Z [warning  ] slow answer\n"


def test_a_child_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, {tether.__file__!r}, str(os.getpid()),"
        " sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "time.sleep(60)"
    )
    environ = {**os.environ, "DEMO_TEST": str(tmp_path)}
    supervisor = subprocess.Popen((sys.executable, "-c", script), env=environ)
    wait_for(lambda: len(processes_with("DEMO_TEST", str(tmp_path))) == 2)
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    wait_for(lambda: not processes_with("DEMO_TEST", str(tmp_path)))


def wait_for(condition: Callable[[], bool], patience: float = 10) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
