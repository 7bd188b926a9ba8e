"""How answers travel: in pieces, packed or not, over connections that end (RFC 9112).

A server on this machine answers with one packet. Google is behind front ends and half a world
away, so nothing that reads an answer may count on that: here every answer is cut up at random.
The seed of all that is random is `EMULATOR_WIRE_SEED`; a failed test names it.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import secrets
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from aiohttp import web

ENVIRONMENT = "EMULATOR_WIRE_SEED"
SEED = int(os.environ.get(ENVIRONMENT) or secrets.randbits(31))
MOST_PIECES = 5
# Seconds: enough for the other end to read what has come so far.
LONGEST_PAUSE = 0.001


@dataclass
class Wire:
    """What is random about one emulator's answers; `even` sends each of them in one go."""

    seed: int = SEED
    even: bool = False
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin the same sequence again."""
        self.random = Random(self.seed)  # noqa: S311  # chance, and no secret

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.random.random() < share

    def pieces(self, body: bytes) -> list[bytes]:
        """`body` in up to `MOST_PIECES` of random size."""
        cuts = sorted(self.random.randrange(len(body) + 1) for _ in range(MOST_PIECES - 1))
        kept = [0, *cuts[: self.random.randrange(MOST_PIECES)], len(body)]
        return [body[start:end] for start, end in pairwise(kept) if start < end]

    async def pause(self) -> None:
        """Let others run, and now and then a moment pass."""
        await asyncio.sleep(self.random.random() * LONGEST_PAUSE if self.chance(0.3) else 0)


async def deliver(wire: Wire, request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Send `answer` as a network would."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    if wire.even or not body or request.method == "HEAD" or wire.chance(0.2):
        return answer
    if wire.chance(0.5) and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, 1)
        answer.headers["Content-Encoding"] = "gzip"
    stream = begin(answer)
    if wire.chance(0.5) and request.version >= (1, 1):
        stream.enable_chunked_encoding()
    else:
        stream.content_length = len(body)
    if wire.chance(0.1):
        stream.force_close()
    await send_pieces(wire, request, stream, wire.pieces(body))
    return stream


async def send_pieces(
    wire: Wire, request: web.Request, stream: web.StreamResponse, pieces: list[bytes]
) -> None:
    """The head first, then each piece after a pause; who has gone away misses the rest."""
    try:
        await stream.prepare(request)
        for piece in pieces:
            await wire.pause()
            await stream.write(piece)
        await stream.write_eof()
    except ConnectionError:
        stream.force_close()


def begin(answer: web.Response) -> web.StreamResponse:
    """An answer of the same head whose body is sent by hand."""
    stream = web.StreamResponse(status=answer.status, reason=answer.reason, headers=answer.headers)
    stream.headers.popall("Content-Length", None)
    for cookie in answer.cookies.values():
        stream.headers.add("Set-Cookie", cookie.OutputString())
    return stream
