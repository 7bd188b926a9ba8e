"""The folder that keeps a demo between runs."""

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from portal.demo.errors import DemoError

DEFAULT = ".demo"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where everything is that a demo writes. `demo.lock` is what makes it a demo's folder."""

    path: Path

    @classmethod
    def at(cls, given: str | None) -> "Folder":
        """The folder at `given`, or the default one below the working directory."""
        return cls(Path(given or DEFAULT).expanduser().resolve())

    @property
    def lock(self) -> Path:
        """Held while a demo runs."""
        return self.path / "demo.lock"

    @property
    def environment(self) -> Path:
        """The demo's settings and keys; readable by its owner only."""
        return self.path / "env"

    @property
    def logs(self) -> Path:
        """One file for each process."""
        return self.path / "logs"

    @property
    def is_a_demos(self) -> bool:
        """Whether a demo made this folder."""
        return self.lock.is_file()

    def open(self) -> None:
        """Make the folder, or take an existing one of a demo that is not running.

        Raises:
            DemoError: when the folder holds something else, or its demo is running.
        """
        if self.path.exists() and not self.is_a_demos and any(self.path.iterdir()):
            raise DemoError(f"{self.path} holds something that is not a demo's. Choose DEMO_DIR.")
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        self._take_lock()

    def _take_lock(self) -> None:
        # Never closed: the lock is to last as long as this process, and no longer.
        # Children do not inherit it.
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise DemoError(f"A demo is running in {self.path}. Stop it first.") from None

    def remove(self) -> None:
        """Remove the folder and all that is in it.

        Raises:
            DemoError: when no demo made it, or its demo is running.
        """
        if not self.is_a_demos:
            raise DemoError(f"{self.path} does not look like a demo's folder; nothing was removed.")
        self._take_lock()
        shutil.rmtree(self.path)
