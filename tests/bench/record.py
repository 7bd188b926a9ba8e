"""The record of all figures, and the page that shows it.

Every measure keeps its own commit, day and machine: one that was taken alone
does not make the others look newer than they are.
"""

import json
import os
import platform
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from django.db import connection

from portal.demo.programs import ROOT
from tests.bench.registry import MEASURES, Measure, Table

RECORD = ROOT / "docs" / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"

_LIBRARIES = ("Django", "aiohttp", "celery", "cryptography", "psycopg")
_DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
_INTRODUCTION = """\
# Benchmarks

Made by `make bench`; `make bench MEASURES="refresh claims"` takes only some. Everything runs on
the same cores, the local Google included, so compare the columns of one row, not rows of
different days. Neither database writes synchronously, as in the tests."""


def keep(measure: Measure, table: Table, took: float) -> None:
    """Put one measure's figures into the record and draw the page anew."""
    kept = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    kept.setdefault(measure.name, {})[connection.vendor] = {
        **_circumstances(),
        "seconds": round(took),
        **asdict(table),
    }
    RECORD.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    PAGE.write_text(page(kept))


def _circumstances() -> dict[str, str]:
    connection.ensure_connection()
    database = ".".join(str(part) for part in connection.get_database_version())
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "versions": f"{_DATABASES[connection.vendor]} {database}, "
        f"Python {platform.python_version()}, {libraries}",
        "commit": _commit(),
        "day": datetime.now(UTC).date().isoformat(),
    }


def _commit() -> str:
    """The commit measured; with a mark when files differ from it."""
    asked = ("git", "describe", "--always", "--dirty=+", "--exclude=*")
    return subprocess.run(
        asked, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def page(kept: dict[str, Any]) -> str:
    """The record as a page for people."""
    parts = [_INTRODUCTION]
    for name, measure in MEASURES.items():
        if name in kept:
            parts.append(f"## {measure.title}\n\n{measure.words}")
            parts += [_section(kept[name][vendor]) for vendor in sorted(kept[name])]
    return "\n\n".join(parts) + "\n"


def _section(one: dict[str, Any]) -> str:
    made = (
        f"{one['versions']}; {one['machine']}; "
        f"commit {one['commit']}, {one['day']}, {one['seconds']} s"
    )
    rows = [
        _line(one["head"]),
        "|" + "---|" + "---:|" * (len(one["head"]) - 1),
        *(_line(row) for row in one["rows"]),
    ]
    table = "\n".join(rows)
    note = f"\n\n{one['note']}" if one["note"] else ""
    return f"{table}\n\n{made}.{note}"


def _line(cells: list[Any]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(value: Any) -> str:
    match value:
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.1f}"
        case _:
            return str(value)
