"""Which API key goes along with the calls of a piece of work (contract §9).

The key says which project Google counts a call for; it opens nothing. Who calls
an API knows the token alone, and needs not know of this.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Goog-Api-Key"


_key: ContextVar[str] = ContextVar("quota_key", default="")


@contextmanager
def counted_by(api_key: str) -> Iterator[None]:
    """Send `api_key` along with every reading call until the block ends."""
    before = _key.set(api_key)
    try:
        yield
    finally:
        _key.reset(before)


def quota_headers(method: str) -> dict[str, str]:
    """What a call by `method` carries for it: a header, because addresses end in logs.

    What writes goes without: a write that is refused for the key's sake could not
    simply be sent again.
    """
    api_key = _key.get()
    return {HEADER: api_key} if api_key and method == "GET" else {}
