"""A worker in a process of its own that can be killed, with -9, between any two steps.

Steps are what can be seen from outside: each write to the database, each commit,
each call of Google before it is sent and after it was answered. The program reads
one number a line: the step to die at, 0 for none. For each it forks a worker that
does all that is due, and prints the signal that ended it and the steps it made.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.test_refresh.process_settings"

import django  # settings are named first

django.setup()

import aiohttp  # noqa: E402  # needs the settings
from django.conf import settings  # noqa: E402  # likewise
from django.db import connection, transaction  # noqa: E402  # likewise
from django.utils import timezone  # noqa: E402  # likewise

from portal.celery import app  # noqa: E402  # likewise
from provisioning.analytics.google.calls import resource  # noqa: E402  # likewise
from provisioning.requests.tasks import sweep  # noqa: E402  # likewise
from provisioning.requests.unscoped import due_requests  # noqa: E402  # likewise

WRITES = ("INSERT", "UPDATE", "DELETE")


class Fuse:
    """Counts steps, and kills this very process at one of them."""

    def __init__(self, die_at: int) -> None:
        self.die_at, self.steps = die_at, 0

    def step(self) -> None:
        """One more step."""
        self.steps += 1
        if self.steps == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_write(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """A wrapper of database statements."""
        if sql.lstrip().upper().startswith(WRITES):
            self.step()
        return execute(sql, *rest)

    def burn_along(self) -> None:
        """Count commits and calls of Google too."""
        request, leave = aiohttp.ClientSession._request, transaction.Atomic.__exit__

        async def counted_request(*arguments: Any, **options: Any) -> aiohttp.ClientResponse:
            self.step()
            answer = await request(*arguments, **options)
            self.step()
            return answer

        def counted_leave(*arguments: Any) -> None:
            self.step()
            leave(*arguments)

        aiohttp.ClientSession._request = counted_request  # type: ignore[method-assign]
        transaction.Atomic.__exit__ = counted_leave  # type: ignore[method-assign]


def work(die_at: int) -> int:
    """Do all that is due, as the clock and a worker would; returns the steps made."""
    fuse = Fuse(die_at)
    fuse.burn_along()
    with connection.execute_wrapper(fuse.on_write):
        while due_requests(timezone.now(), 1):
            sweep()
    return fuse.steps


def fork_for_each_line(work: Callable[[int], int]) -> None:
    """Fork one worker for each line."""
    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = True
    assert settings.GOOGLE_ADMIN_API_URL.startswith("http://127.0.0.1")
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, str(work(int(line))).encode())
            os._exit(0)
        os.close(writer)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reader) as said:
            steps = int(said.read() or 0)
        ended = {"signal": os.WTERMSIG(status), "code": os.waitstatus_to_exitcode(status)}
        sys.stdout.write(json.dumps({**ended, "steps": steps}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    # Read Google's descriptions of its APIs once, not in every worker.
    resource("analyticsadmin", "v1beta", settings.GOOGLE_ADMIN_API_URL)
    resource("analytics", "v3", settings.GOOGLE_V3_API_URL)
    fork_for_each_line(work)
