"""`make bench`: measures on the database of DATABASE_URL and adds the figures to the record."""

import argparse
import json
import os
import platform
import statistics
import subprocess
from datetime import UTC, datetime
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # settings are named first

django.setup()

from django.conf import settings  # noqa: E402  # likewise
from django.db import connection  # noqa: E402  # likewise

from accounts.audit import by_worker  # noqa: E402  # likewise
from accounts.models import User  # noqa: E402  # likewise
from accounts.services.tenants import create_tenant  # noqa: E402  # likewise
from portal.demo.programs import ROOT  # noqa: E402  # likewise
from tests.bench import measures  # noqa: E402  # likewise
from tests.bench.google import google, issue, latency  # noqa: E402  # likewise

RECORD = ROOT / "docs" / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"
ROUNDS = 3


def measure(rows: int) -> dict[str, Any]:
    """All figures on one database; refreshes are the median of three rounds, turn by turn."""
    owner = User.objects.create_user("bench@portal.example")
    tenant = create_tenant(name="Bench", owner=owner, actor=by_worker())
    settings.GOOGLE_REFRESH_RATE = 1e9
    figures: dict[str, Any] = {"refresh": {}, "claims": {}}
    with google() as base:
        settings.GOOGLE_TOKEN_URL = f"{base}/token"
        tokens = issue(base, rows)
        for milliseconds in (0, 50, 200):
            latency(base, milliseconds)
            rounds = [
                (measures.bare_client(base, tokens), measures.engine(tenant, tokens))
                for _ in range(ROUNDS)
            ]
            bare, engine = (statistics.median(one) for one in zip(*rounds, strict=True))
            figures["refresh"][f"{milliseconds} ms"] = {
                "bare": round(bare),
                "engine": round(engine),
            }
    for stored in (10_000, 100_000):
        figures["claims"][f"{stored:,}"] = round(measures.claims(tenant, stored, 10_000))
    return figures


def record(rows: int, figures: dict[str, Any]) -> None:
    """Put the figures into the record and draw the page anew."""
    kept = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    commit = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    kept[connection.vendor] = {
        "rows": rows,
        "commit": commit,
        "day": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}, {connection.vendor} {_version()}",
        **figures,
    }
    RECORD.write_text(json.dumps(kept, indent=2) + "\n")
    PAGE.write_text(page(kept))


def _version() -> str:
    connection.ensure_connection()
    return ".".join(str(part) for part in connection.get_database_version())


def page(kept: dict[str, Any]) -> str:
    """The record as a page for people."""
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`; figures are rows per second. The local Google runs on the same",
        "cores, so compare columns of one row, not rows of different days. The bare client stores",
        "nothing; the engine seals every token and records every exchange. SQLite runs without",
        "synchronous writes, as in the tests.",
    ]
    for vendor, one in sorted(kept.items()):
        lines += [
            "",
            f"## {vendor}",
            "",
            _made(one),
            "",
            "| Google's latency | bare HTTP client | refresh engine | engine / bare |",
            "|---|---:|---:|---:|",
        ]
        for name, pair in one["refresh"].items():
            share = pair["engine"] / pair["bare"]
            lines.append(f"| {name} | {pair['bare']:,} | {pair['engine']:,} | {share:.0%} |")
        lines += ["", "| due connections stored | claims per second |", "|---:|---:|"]
        lines += [f"| {stored} | {speed:,} |" for stored, speed in one["claims"].items()]
    return "\n".join(lines) + "\n"


def _made(one: dict[str, Any]) -> str:
    return (
        f"{one['machine']}; commit {one['commit']}, {one['day']}; {one['rows']:,} connections, "
        f"one worker process, median of {ROUNDS} rounds."
    )


def main() -> None:
    """Measure on a database of our own, which is dropped afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000)
    rows = parser.parse_args().rows
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        record(rows, measure(rows))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
