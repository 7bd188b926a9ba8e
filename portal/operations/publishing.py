"""Publishing a task costs its caller nothing, whatever state the broker is in.

Messages are hints (docs/adr/0002): what is due stands in rows, and the sweep finds it. So a
message is handed to a thread of this process that publishes it. A broker that is gone or silent
holds up that thread and nobody else; what could not be published is dropped, and the work
starts at the next sweep instead of at once.
"""

import contextvars
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.contrib.django.task import DjangoTask
from celery.result import AsyncResult
from kombu.utils.uuid import uuid

log = structlog.get_logger(__name__)

# More than any page or sweep publishes at a time. What does not fit is left to the sweep.
_WAITING = 2000
# Seconds after a failure in which nothing is tried: the sweep does it all meanwhile.
_PAUSE = 2.0


class Publisher:
    """One thread for each process, begun by the first message after a fork."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._waiting: queue.Queue[Callable[[], object]] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._paused_until = 0.0

    def publish(self, send: Callable[[], object]) -> bool:
        """Hand over a call that publishes one message; False when it was dropped. Never waits."""
        if self._pid != os.getpid():
            self._begin()
        if time.monotonic() < self._paused_until:
            return False
        try:
            self._waiting.put_nowait(send)
        except queue.Full:
            return False
        if self._thread is None:
            self._start()
        return True

    def drained(self, seconds: float) -> bool:
        """Whether everything handed over was published or dropped within so many `seconds`."""
        until = time.monotonic() + seconds
        with self._waiting.all_tasks_done:
            while self._waiting.unfinished_tasks:
                left = until - time.monotonic()
                if left <= 0 or not self._waiting.all_tasks_done.wait(left):
                    return not self._waiting.unfinished_tasks
        return True

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            send = self._waiting.get()
            try:
                send()
            except Exception as error:  # noqa: BLE001  # whatever a transport raises, the thread lives on
                self._pause(error)
            finally:
                self._waiting.task_done()

    def _pause(self, error: Exception) -> None:
        """Drop what waits: published later it would only repeat what sweeps have done by then."""
        self._paused_until = time.monotonic() + _PAUSE
        dropped = 1
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
            self._waiting.task_done()
            dropped += 1
        # The text of the error may hold the broker's address with its password.
        log.warning("messages were not published", dropped=dropped, error=type(error).__name__)


publisher = Publisher()


class HintTask(DjangoTask):  # type: ignore[type-arg]  # generic to type checkers only
    """A task whose messages are published by the thread of its process."""

    def apply_async(  # type: ignore[override]  # Celery names more; they are among the options
        self, args: Any = None, kwargs: Any = None, task_id: str | None = None, **options: Any
    ) -> AsyncResult[Any]:
        """Hand the message to the publisher, and come back at once.

        Beat brings a producer of its own and is told of failures; an eager task runs here.
        """
        task_id = task_id or uuid()
        send = super().apply_async
        if options.get("producer") is not None or self.app.conf.task_always_eager:
            return send(args, kwargs, task_id=task_id, **options)
        # The reference of a web request travels in context variables.
        context = contextvars.copy_context()
        publisher.publish(lambda: context.run(send, args, kwargs, task_id=task_id, **options))
        return self.AsyncResult(task_id)
