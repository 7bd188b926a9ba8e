"""The emulator's clock: real time plus an offset that a test may move."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.emulator.state import State


def now(state: State) -> float:
    """Seconds since the epoch, as this emulator sees them."""
    return time.time() + state.clock_offset


def http_date(state: State) -> str:
    """The value of the ``Date`` header; clients measure their clock skew with it."""
    return format_datetime(datetime.fromtimestamp(now(state), UTC), usegmt=True)


def rfc3339(moment: float) -> str:
    """A timestamp as the Admin API writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
