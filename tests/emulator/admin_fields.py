"""Checks on the fields of Admin API bodies that the discovery document only describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulator import errors
from tests.emulator.admin_api import Call


def utf16_length(text: str) -> int:
    """Google counts names in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def require_text(body: Mapping[str, Any], name: str, field: str, longest: int) -> str:
    """Return a field that must be there and not be too long."""
    value = str(body.get(name, "")).strip()
    if not value:
        raise errors.invalid_argument(f"The {field} field is required.", field)
    if utf16_length(value) > longest:
        raise errors.invalid_argument(f"The {field} field is longer than {longest}.", field)
    return value


def masked_changes(call: Call, allowed: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that the update mask names; ``allowed`` maps snake_case to camelCase."""
    mask = call.query("updateMask")
    if not mask:
        raise errors.invalid_argument("The update_mask field is required.", "update_mask")
    if mask == "*":
        return {name: call.body[name] for name in allowed.values() if name in call.body}
    changes: dict[str, Any] = {}
    for path in mask.split(","):
        name = allowed.get(path, path if path in allowed.values() else None)
        if name is None:
            text = f"Invalid path in update_mask: {path}"
            raise errors.invalid_argument(text, "update_mask")
        changes[name] = call.body.get(name)
    return changes


def put(target: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Apply changes; a masked field that is absent from the body is cleared."""
    for name, value in changes.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value
