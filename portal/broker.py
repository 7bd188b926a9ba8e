"""Celery's broker in a folder, for one machine.

kombu's own filesystem transport opens a message's file under its final name and
writes it afterwards; a worker that looks in between reads an empty file and
ends (celery/kombu#1551). Here a message gets its name when it is complete.
"""

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Puts a message into the folder as a whole, or not at all."""

    def _put(  # type: ignore[override]  # the stubs of the two bases disagree
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        # Names sort by age, and workers take the oldest first.
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        unfinished = folder / f"{name}.unfinished"
        unfinished.write_text(dumps(payload))
        unfinished.rename(folder / name)


class Transport(filesystem.Transport):
    """`filesystem://` as this building uses it."""

    Channel = Channel
