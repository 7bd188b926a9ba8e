"""What kombu's transports need for this product: the folder of one machine, and Redis.

kombu's own filesystem transport opens a message's file under its final name and
writes it afterwards; a worker that looks in between reads an empty file and
ends (celery/kombu#1551). Here a message gets its name when it is complete.

When Redis goes away, kombu closes the connection and then tries to give back over it what was
not acknowledged; it finds no connection and raises `AttributeError`, which no worker survives.
Here that is the connection error which it is. Nothing is lost: unacknowledged messages stay in
Redis until the visibility timeout brings them back, and rows are the truth anyway.
"""

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem, redis
from kombu.utils.json import dumps
from redis.exceptions import ConnectionError as RedisConnectionError


class FolderChannel(filesystem.Channel):
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


class FolderTransport(filesystem.Transport):
    """`filesystem://`."""

    Channel = FolderChannel


class RedisChannel(redis.Channel):
    """Says of a closed connection that it is one."""

    def _connparams(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        # Closing it takes its client away, which the types do not tell.
        if getattr(self.connection, "client", None) is None:
            raise RedisConnectionError("The connection to the broker is closed.")
        parameters: dict[str, Any] = super()._connparams(*args, **kwargs)  # type: ignore[misc]  # not in the stubs
        return parameters


class RedisTransport(redis.Transport):
    """`redis://` and `rediss://`."""

    Channel = RedisChannel
