"""The product's Celery application, with a task that takes as long as it is told."""

import time

from portal.celery import app


@app.task(name="tests.slow")
def slow(seconds: float) -> None:
    """Be busy."""
    time.sleep(seconds)
    print("slow task ended", flush=True)  # noqa: T201  # the test reads it


@app.task(name="tests.note")
def note(text: str) -> None:
    """Say something."""
    print(f"noted {text}", flush=True)  # noqa: T201  # likewise
