"""The log of calls from the product, redacted by allow-list, with exact counters."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl

KEEP = 2000
SHOWN = frozenset(
    {
        *("access_type", "alt", "answer", "authuser", "client_id", "code_challenge_method"),
        *("error", "error_description", "error_subtype", "expires_in", "grant_type", "hd"),
        *("include_granted_scopes", "login_hint", "prompt", "redirect_uri", "response_type"),
        *("scope", "token_type", "provisioningSignup"),
        *("account", "acknowledgement", "currencyCode", "defaultUri", "displayName"),
        *("eventDataRetention", "filter", "industryCategory", "name", "pageSize", "pageToken"),
        *("parent", "propertyType", "redirectUri", "regionCode", "resetUserDataOnNewActivity"),
        *("showDeleted", "timeZone", "type", "updateMask", "userDataRetention", "webStreamData"),
    }
)
TOKEN = re.compile(
    r"(ya29\.emu-|1//emu-|4/0emu-|4%2F0emu-|1%2F%2Femu-|GOCSPX-emu|AIzaEmu|emu-ticket-|eyJ)"
    r"([A-Za-z0-9._-]*)"
)
HIDDEN = "[hidden]"


def mask(text: str) -> str:
    """Shorten every token in a text to its prefix and last four characters."""
    return TOKEN.sub(lambda m: f"{m[1]}…{m[2][-4:]}" if len(m[2]) > 8 else f"{m[1]}…", text)


def mask_secrets(text: str) -> str:
    """Like :func:`mask`, but leaves ticket ids whole: they work for their owner only."""
    return TOKEN.sub(lambda m: m[0] if m[1] == "emu-ticket-" else mask(m[0]), text)


def redact(data: Any, name: str = "") -> Any:
    """Keep allow-listed fields, mask tokens, hide the rest."""
    if isinstance(data, dict):
        return {key: redact(value, key) for key, value in data.items()}
    if isinstance(data, list):
        return [redact(value, name) for value in data]
    if not isinstance(data, str):
        return data if name in SHOWN else HIDDEN
    masked = mask(data)
    return masked if name in SHOWN or masked != data else HIDDEN


def redact_body(body: bytes, content_type: str) -> Any:
    """Redact a form or JSON body; anything else is only measured."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    if content_type == "application/x-www-form-urlencoded":
        return redact(dict(parse_qsl(text, keep_blank_values=True)))
    if content_type == "application/json":
        try:
            return redact(json.loads(text))
        except ValueError:
            return f"[{len(body)} bytes, not JSON]"
    return f"[{len(body)} bytes]"


@dataclass
class Entry:
    """One call and its answer."""

    at: float
    method: str
    path: str
    query: dict[str, Any]
    body: Any
    # Nought while the call is under way.
    status: int = 0
    duration_ms: float = 0
    user: str | None = None
    client: str | None = None
    scenario: str | None = None
    # By which program: its User-Agent.
    agent: str = ""


@dataclass
class RequestLog:
    """The last calls in full, and counters of all calls."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEEP))
    counters: Counter[tuple[str, str, str, int, str, str]] = field(default_factory=Counter)

    def finish(self, entry: Entry, status: int) -> None:
        """Record how a call was answered."""
        entry.status = status
        grant = entry.body.get("grant_type", "") if isinstance(entry.body, dict) else ""
        parties = (entry.user or "", entry.client or "")
        self.counters[(entry.method, entry.path, grant, status, *parties)] += 1

    def count(self, **wanted: str) -> int:
        """Count calls by any of these names; a value that ends with ``*`` is a prefix."""
        names = ("method", "path", "grant_type", "status", "user", "client")
        total = 0
        for key, number in self.counters.items():
            row = dict(zip(names, map(str, key), strict=True))
            if all(_same(row[name], value) for name, value in wanted.items()):
                total += number
        return total

    def since(self, moment: float = 0, path: str = "") -> list[dict[str, Any]]:
        """Return entries at or after a moment whose path starts so, oldest first."""
        return [asdict(e) for e in self.entries if e.at >= moment and e.path.startswith(path)]


def _same(actual: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return actual.startswith(wanted[:-1])
    return actual == wanted
