"""Workers that die in the middle of their work, at one of their writes to the database."""

from collections.abc import Callable
from typing import Any


class WorkerKilled(BaseException):
    """What nothing in a worker catches."""


class Fuse:
    """Ends a worker at one of its writes to the database."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE")):
            self.left -= 1
            if self.left == 0:
                raise WorkerKilled
        return execute(sql, *rest)
