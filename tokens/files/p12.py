"""Opens P12 files in a process of their own, with a limit of time and memory.

A P12 names itself how often its passphrase is to be hashed, in places that are encrypted too,
so no look at the file bounds what opening it costs: 100 million rounds take a web process half a
minute, and OpenSSL cannot be stopped inside a process. The child is this very file, run alone
(`-I`): it sees neither settings nor environment, and gets and gives bytes by pipes only.
"""

import resource
import subprocess
import sys
import threading

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

# Seconds of computing, and of waiting where the machine is busy. Google's files take 0.2.
_CPU, _WALL = 2, 10
_MEMORY = 512 * 1024 * 1024
_BROKEN, _NO_KEY = 3, 4
# So many at once in one process: the others wait for their turn.
_TURNS = threading.BoundedSemaphore(2)


class P12Closed(Exception):
    """It does not open: it is damaged, or has another passphrase."""


class P12TooSlow(Exception):
    """It wants more work than any file of Google's."""


def key_in(raw: bytes, passphrase: bytes) -> bytes:
    """The private key in a P12 file, as PKCS 8 in DER; empty if it holds none.

    Raises:
        P12Closed: it is damaged, or the passphrase is another.
        P12TooSlow: opening takes too long, or no child can be had within that time.
    """
    if not _TURNS.acquire(timeout=_WALL):
        raise P12TooSlow
    try:
        child = subprocess.run(  # noqa: S603  # our own file; the upload comes by a pipe
            [sys.executable, "-I", __file__],
            input=len(passphrase).to_bytes(2) + passphrase + raw,
            capture_output=True,
            timeout=_WALL,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise P12TooSlow from None
    finally:
        _TURNS.release()
    if child.returncode == _NO_KEY:
        return b""
    if child.returncode == _BROKEN:
        raise P12Closed
    if child.returncode != 0:
        raise P12TooSlow
    return child.stdout


def _open() -> int:
    """The child: a length, a passphrase and a file come in, a key goes out."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    whole = sys.stdin.buffer.read()
    end = 2 + int.from_bytes(whole[:2])
    try:
        key = pkcs12.load_key_and_certificates(whole[end:], whole[2:end])[0]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _BROKEN
    if key is None:
        return _NO_KEY
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    sys.stdout.buffer.write(der)
    return 0


if __name__ == "__main__":
    raise SystemExit(_open())
