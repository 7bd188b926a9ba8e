"""Workers in processes of their own, killed with -9 at a step of their work or let live.

The program that forks them (`tests/test_create/killable.py` says how) reads one number a
line, the step to die at, and answers each with what became of the worker.
"""

import json
import os
import signal
import subprocess
import sys
from typing import Any

from django.db import connection

from portal.demo.programs import ROOT
from tests.emulator.thread import EmulatorThread


class Workers:
    """Forks workers, one after another, from the program `module` with these `settings`."""

    def __init__(self, module: str, google: EmulatorThread, **settings: str) -> None:
        environment = {
            **os.environ,
            "PROCESS_DATABASE": str(connection.settings_dict["NAME"]),
            "PROCESS_GOOGLE": google.base_url,
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> int:
        """A worker that lives until nothing is due; returns how many steps that took."""
        ended = self._work(0)
        assert ended["code"] == 0, ended
        return int(ended["steps"])

    def die(self, at: int) -> bool:
        """A worker that is killed at this step; False when it was done before that."""
        ended = self._work(at)
        assert ended["code"] in (0, -signal.SIGKILL), ended
        return bool(ended["signal"] == signal.SIGKILL)

    def stop(self) -> None:
        """No more workers."""
        self.process.communicate()

    def _work(self, die_at: int) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{die_at}\n")
        self.process.stdin.flush()
        ended: dict[str, Any] = json.loads(self.process.stdout.readline())
        return ended
