"""Remembers that somebody asked the demo to stop."""

import signal
from types import FrameType


class Stop:
    """A flag that signals raise.

    Listening begins before anything else, because a signal that comes while the
    database is being migrated must not get lost, and because shells start
    background jobs with SIGINT ignored.
    """

    def __init__(self) -> None:
        self.asked = False
        self.listens = False

    def listen(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal only raise the flag."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)
        self.listens = True

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


stop = Stop()
