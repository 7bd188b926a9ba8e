"""What the processes say: all of it into files, what matters onto the terminal."""

import re
from collections import deque
from pathlib import Path
from typing import TextIO

_MATTERS = re.compile(
    r"\[\s*(?:warning|error|critical)\s*\]|^Traceback|^[\w.]+Error\b", re.IGNORECASE
)
_KEPT = 20


class Output:
    """Writes each process's lines to its own file, and shows them as asked."""

    def __init__(self, folder: Path, terminal: TextIO, *, verbose: bool) -> None:
        self._folder = folder
        self._terminal = terminal
        self._verbose = verbose
        # Until the portal is ready, its own "not ready" is no news.
        self.warns = False
        self._files: dict[str, TextIO] = {}
        self._tails: dict[str, deque[str]] = {}

    def open(self, name: str) -> None:
        """Begin the file of a process anew."""
        self._files[name] = self.path(name).open("w", encoding="utf-8", buffering=1)
        self._tails[name] = deque(maxlen=_KEPT)

    def path(self, name: str) -> Path:
        """The file of a process."""
        return self._folder / f"{name}.log"

    def heard(self, name: str, line: str) -> None:
        """Take one line from a process."""
        self._files[name].write(line + "\n")
        self._tails[name].append(line)
        if self._verbose or (self.warns and _MATTERS.search(line)):
            self.say(f"{name:>6} | {line}")

    def tail(self, name: str) -> list[str]:
        """The last lines of a process."""
        return list(self._tails[name])

    def say(self, line: str) -> None:
        """Write a line of the supervisor's own."""
        self._terminal.write(line + "\n")
        self._terminal.flush()

    def close(self) -> None:
        for file in self._files.values():
            file.close()
