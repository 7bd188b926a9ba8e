"""Run a command that ends when the process that started it ends, even by SIGKILL.

Called by path (`python tether.py <pid of the starter> command…`), so that it costs
20 ms and imports nothing of the product. The kernel sends the signal; a supervisor
that was killed cannot send any.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(starter: int, command: list[str]) -> None:
    """Tie this process to `starter` and become `command`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != starter:
            sys.exit("The process that started this one is gone.")
    os.execvp(command[0], command)  # noqa: S606  # No shell is wanted.


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
