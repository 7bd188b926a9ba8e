"""Keep the state in a JSON file, so that a demo keeps its grants between runs."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.emulator import state as model
from tests.emulator.state import State

VERSION = 1
RECORDS: dict[str, type[Any]] = {
    "clients": model.Client,
    "users": model.User,
    "grants": model.Grant,
    "codes": model.Code,
    "refresh_tokens": model.RefreshToken,
    "access_tokens": model.AccessToken,
    "tickets": model.Ticket,
    "accounts": model.Account,
    "properties": model.Property,
    "streams": model.DataStream,
    "legacy_properties": model.LegacyProperty,
    "legacy_views": model.LegacyView,
    "secrets": model.MeasurementSecret,
    "sessions": model.BrowserSession,
    "service_accounts": model.ServiceAccount,
    "service_account_keys": model.ServiceAccountKey,
    "api_keys": model.ApiKey,
}
LISTS: dict[str, type[Any]] = {
    "scenarios": model.ActiveScenario,
    "signing_keys": model.SigningKey,
}


def encode(state: State) -> dict[str, Any]:
    """Turn the state into plain JSON data."""
    return {"version": VERSION, **asdict(state)}


def decode(data: dict[str, Any]) -> State:
    """Build a state from what :func:`encode` wrote."""
    rest = dict(data)
    version = rest.pop("version", None)
    if version != VERSION:
        raise ValueError(f"snapshot version {version!r} is not {VERSION}")
    for name, kind in RECORDS.items():
        rest[name] = {key: kind(**value) for key, value in rest.get(name, {}).items()}
    for name, kind in LISTS.items():
        rest[name] = [kind(**value) for value in rest[name]]
    rest["limits"] = model.Limits(**rest["limits"])
    return State(**rest)


def load(path: Path) -> State | None:
    """Read a snapshot, or None when there is none yet."""
    if not path.exists():
        return None
    return decode(json.loads(path.read_text("utf-8")))


def save(path: Path, state: State) -> None:
    """Write the snapshot so that a reader sees the old file or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(encode(state), stream)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise


class Saver:
    """Saves at most once per ``delay`` seconds, however often the state changes."""

    def __init__(self, path: Path, read: Callable[[], State], delay: float = 0.5) -> None:
        self.path = path
        self._read = read
        self._delay = delay
        self._timer: asyncio.TimerHandle | None = None

    def touch(self) -> None:
        """Note that something changed; a save follows soon."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._delay, self.flush)

    def flush(self) -> None:
        """Save now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        save(self.path, self._read())
