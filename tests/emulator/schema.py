"""Check JSON bodies against Google's own discovery documents.

The documents come with google-api-python-client, so neither the emulator's answers nor
the requests it accepts can drift from the real API (contract, tag [D]).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

DOCUMENTS = files("googleapiclient") / "discovery_cache" / "documents"
DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
# gapic clients send enums as protocol-buffer numbers; where those numbers are not the
# order of the names in the discovery document, they stand here.
ENUM_NUMBERS = {
    "RETENTION_DURATION_UNSPECIFIED": {
        1: "TWO_MONTHS",
        3: "FOURTEEN_MONTHS",
        4: "TWENTY_SIX_MONTHS",
        5: "THIRTY_EIGHT_MONTHS",
        6: "FIFTY_MONTHS",
    }
}


@dataclass(frozen=True)
class Problem:
    """One way in which a body differs from its schema."""

    path: str
    kind: str
    text: str


class Book:
    """The schemas of one discovery document."""

    def __init__(self, api: str, version: str) -> None:
        document = json.loads((DOCUMENTS / f"{api}.{version}.json").read_text("utf-8"))
        self.schemas: dict[str, Any] = document["schemas"]
        self.prefix = f"GoogleAnalyticsAdminV{version.removeprefix('v')}"

    def name(self, short: str) -> str:
        """The full name of a schema such as ``Property``."""
        return short if short in self.schemas else self.prefix + short

    def problems(self, short: str, body: Any) -> list[Problem]:
        """List every difference between a body and a schema."""
        return list(self._check(self.schemas[self.name(short)], body, ""))

    def assert_valid(self, short: str, body: Any) -> None:
        """Raise AssertionError when a body does not fit a schema."""
        found = self.problems(short, body)
        if found:
            lines = "; ".join(f"{p.path or '(body)'}: {p.text}" for p in found)
            raise AssertionError(f"not a {self.name(short)}: {lines}")

    def named_enums(self, short: str, body: Any) -> Any:
        """Replace enum numbers by names, which gapic sends instead."""
        return self._rename(self.schemas[self.name(short)], body)

    def _check(self, schema: dict[str, Any], value: Any, path: str) -> Iterator[Problem]:
        schema = self._resolve(schema)
        kind = schema.get("type", "any")
        if not has_type(kind, value):
            yield Problem(path, "type", f"{type(value).__name__} is not a {kind}")
        elif kind == "object":
            yield from self._check_object(schema, value, path)
        elif kind == "array":
            for number, item in enumerate(value):
                yield from self._check(schema["items"], item, f"{path}[{number}]")
        elif kind == "string":
            yield from check_string(schema, value, path)

    def _check_object(
        self, schema: dict[str, Any], value: dict[str, Any], path: str
    ) -> Iterator[Problem]:
        known = schema.get("properties", {})
        extra = schema.get("additionalProperties")
        for name, item in value.items():
            inner = f"{path}.{name}" if path else name
            if name in known:
                yield from self._check(known[name], item, inner)
            elif extra is not None:
                yield from self._check(extra, item, inner)
            else:
                yield Problem(path, "unknown", name)

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        reference = schema.get("$ref")
        resolved: dict[str, Any] = self.schemas[reference] if reference else schema
        return resolved

    def _rename(self, schema: dict[str, Any], value: Any) -> Any:
        schema = self._resolve(schema)
        if isinstance(value, dict):
            known = schema.get("properties", {})
            return {k: self._rename(known[k], v) if k in known else v for k, v in value.items()}
        if isinstance(value, list) and "items" in schema:
            return [self._rename(schema["items"], item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and "enum" in schema:
            return enum_name(schema["enum"], value)
        return value


def has_type(kind: str, value: Any) -> bool:
    """Whether a value has a JSON type; true is no number."""
    if kind == "any":
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, JSON_TYPES[kind])


def check_string(schema: dict[str, Any], value: str, path: str) -> Iterator[Problem]:
    """Check enums and timestamps."""
    if "enum" in schema and value not in schema["enum"]:
        yield Problem(path, "enum", f"{value!r} is none of {', '.join(schema['enum'])}")
    if schema.get("format") == "google-datetime" and not DATETIME.fullmatch(value):
        yield Problem(path, "format", f"{value!r} is not a timestamp")


def enum_name(names: list[str], number: int) -> Any:
    """The name of an enum number, or the number itself when there is none."""
    special = ENUM_NUMBERS.get(names[0])
    if special is not None:
        return special.get(number, number)
    return names[number] if 0 <= number < len(names) else number


@lru_cache(maxsize=8)
def book(version: str, api: str = "analyticsadmin") -> Book:
    """The schemas of an API version, read once."""
    return Book(api, version)
