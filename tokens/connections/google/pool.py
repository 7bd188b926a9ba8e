"""Many refreshes at once: asked on the transport's loop, answered to the thread that asked.

While answers are on their way, the thread prepares what is asked next and writes
down what came. It is woken for many answers at once, not for each.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tokens.google.client import ClientCredentials, ask_refresh
from tokens.google.oauth import Asked
from tokens.google.transport import start

T = TypeVar("T")

AT_ONCE = 128
_ENOUGH = 96
# So long is waited for more to come along with the first.
_PATIENCE = 0.1


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What is asked, and what it is asked about."""

    about: T
    credentials: ClientCredentials
    refresh_token: str = field(repr=False)


class Wire(Generic[T]):
    """Refreshes on their way, never more than `AT_ONCE` of them at Google."""

    def __init__(self) -> None:
        self.waiting = 0
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._open = 0
        self._bell = threading.Event()
        self._answers: deque[tuple[T, Asked]] = deque()
        self._batches: list[Future[None]] = []

    def ask(self, questions: Sequence[Question[T]]) -> None:
        """Ask all of them; returns at once."""
        if questions:
            self.waiting += len(questions)
            self._batches.append(start(self._ask_all(questions)))

    def answers(self) -> list[tuple[T, Asked]]:
        """What has come in meanwhile; waits a moment for more than a few."""
        if not self.waiting:
            return []
        self._bell.wait(_PATIENCE)
        self._bell.clear()
        self._check()
        came = [self._answers.popleft() for _ in range(len(self._answers))]
        self.waiting -= len(came)
        return came

    def _check(self) -> None:
        """Let a mistake of ours be heard; nothing that Google does raises."""
        for batch in [one for one in self._batches if one.done()]:
            self._batches.remove(batch)
            if batch.exception() is not None:
                self.waiting = 0
                batch.result()

    async def _ask_all(self, questions: Sequence[Question[T]]) -> None:
        self._open += len(questions)
        await asyncio.gather(*(self._ask(one) for one in questions))

    async def _ask(self, question: Question[T]) -> None:
        try:
            async with self._gate:
                asked = await ask_refresh(question.credentials, question.refresh_token)
            self._answers.append((question.about, asked))
        finally:
            self._open -= 1
            if not self._open or len(self._answers) >= _ENOUGH:
                self._bell.set()
