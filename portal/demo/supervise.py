"""Start the processes, wait until the portal is ready, keep watch, stop everything."""

import time
from collections.abc import Mapping, Sequence

from portal.demo.children import TICK, Child, stop_all
from portal.demo.errors import DemoError
from portal.demo.output import Output
from portal.demo.programs import Program
from portal.demo.readiness import ask
from portal.demo.stop import Stop

PATIENCE = 60.0
POLL = 0.3


def supervise(
    programs: Sequence[Program], environ: Mapping[str, str], output: Output, stop: Stop
) -> None:
    """Run `programs` until `stop` is asked for; leave none of them behind, however it ends.

    Raises:
        DemoError: when a process ends by itself, or the portal does not get ready.
    """
    children: list[Child] = []
    try:
        for program in programs:
            output.open(program.name)
            children.append(Child(program, environ, output.heard))
        if _wait_until_ready(int(environ["PORTAL_PORT"]), children, output, stop):
            output.say(ready_line(environ))
            output.warns = True
        while not stop.asked:
            _look_after(children, output)
            time.sleep(TICK)
    finally:
        output.say("Stopping …")
        stop_all(children)
        output.close()


def _wait_until_ready(
    port: int, children: Sequence[Child], output: Output, stop: Stop, patience: float = PATIENCE
) -> bool:
    deadline = time.monotonic() + patience
    while not stop.asked:
        _look_after(children, output)
        ready, red = ask(port)
        if ready:
            return True
        if time.monotonic() > deadline:
            raise DemoError(f"The portal was not ready within {patience:.0f} seconds: {red}.")
        time.sleep(POLL)
    return False


def _look_after(children: Sequence[Child], output: Output) -> None:
    for child in children:
        if child.has_ended:
            child.reap()
            tail = "\n".join(f"  {line}" for line in output.tail(child.name))
            raise DemoError(
                f"The process {child.name!r} {child.last_words}. "
                f"Its last lines ({output.path(child.name)}):\n{tail}"
            )


def ready_line(environ: Mapping[str, str]) -> str:
    """The one line that says where everything is."""
    return "  ·  ".join(
        (
            f"Portal ready at {environ['BASE_URL']}",
            "sign in as owner@demo.example / demo-owner-password",
            "staff: staff@demo.example / demo-staff-password at /admin/",
            f"mail: {environ['BASE_URL']}/demo/mail/",
            f"local Google: http://127.0.0.1:{environ['GOOGLE_PORT']}/_emu/",
        )
    )
